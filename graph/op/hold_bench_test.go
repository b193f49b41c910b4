package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func BenchmarkHold(b *testing.B) {
	g := graph.New("g")
	x := g.AddConst("x", graph.NewTensor(graph.Float32, 4, 64, 56, 56))
	w := g.AddConst("w", graph.NewTensor(graph.Float32, 64, 64, 3, 3))
	n, err := g.NewNode("Conv", "", 17, []*graph.Value{x, w}, []*graph.Value{g.Fresh("y")})
	if err != nil {
		b.Fatal(err)
	}
	in := []*graph.Tensor{x.Const, w.Const}
	for b.Loop() {
		if err := op.Lookup(n).Hold(n, in, 0); err != nil {
			b.Fatal(err)
		}
	}
}
