package convert_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/graph"
)

// residual returns a network of n nodes: stages of Conv, Relu, Conv, Add, Relu on a stream of 16
// channels, every eighth of which doubles the stream by a Concat and halves it again.
func residual(tb testing.TB, n int) *graph.Model {
	tb.Helper()
	m := graph.NewModel(17)
	g := m.Graph
	r := rand.New(rand.NewPCG(1, 2))
	node := func(op string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
		out := g.Fresh(fmt.Sprintf("v%d", len(g.Nodes)))
		if _, err := g.NewNode(op, "", 17, in, []*graph.Value{out}, attrs...); err != nil {
			tb.Fatal(err)
		}
		return out
	}
	conv := func(x *graph.Value, outs, ins, kernel int) *graph.Value {
		w := make([]float32, outs*ins*kernel*kernel)
		for i := range w {
			w[i] = float32(r.NormFloat64())
		}
		pad := kernel / 2
		return node("Conv", []*graph.Value{x, g.AddConst("w", graph.TensorOf(w, outs, ins, kernel, kernel))}, graph.IntsAttr("pads", pad, pad, pad, pad))
	}
	x, err := g.NewValue("x")
	if err != nil {
		tb.Fatal(err)
	}
	x.Type = graph.TensorType(graph.Float32, graph.Shape{graph.Symbol("N"), graph.Size(3), graph.Size(8), graph.Size(8)})
	g.AddInput(x)
	stream := conv(x, 16, 3, 3)
	for stage := 0; len(g.Nodes) < n-7; stage++ {
		inner := node("Relu", []*graph.Value{conv(stream, 12, 16, 3)})
		stream = node("Relu", []*graph.Value{node("Add", []*graph.Value{stream, conv(inner, 16, 12, 3)})})
		if stage%8 == 7 {
			stream = conv(node("Concat", []*graph.Value{stream, conv(stream, 16, 16, 1)}, graph.IntAttr("axis", 1)), 16, 32, 1)
		}
	}
	for len(g.Nodes) < n-1 {
		stream = node("Relu", []*graph.Value{stream})
	}
	stream = node("GlobalAveragePool", []*graph.Value{stream})
	g.Outputs = append(g.Outputs, stream)
	return m
}

// Every stage has a group of its own, and the network between two Concats is one stream.
func TestGroupsOfALongNetwork(t *testing.T) {
	m := residual(t, 1000)
	if n := len(m.Graph.Nodes); n != 1000 {
		t.Fatalf("want 1000 nodes, have %d", n)
	}
	_, a, err := convert.Simplify(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	stages, streams := 0, 0
	for _, g := range a.Groups {
		switch g.Units {
		case 12:
			stages++
		case 16:
			streams++
		}
	}
	convolutions := 0
	for _, n := range m.Graph.Nodes {
		if n.Op == "Conv" && n.In(1).Const.Shape()[0] == 12 {
			convolutions++
		}
	}
	if stages != convolutions || streams < stages/8 {
		t.Errorf("%d groups of stages and %d streams for %d stages", stages, streams, convolutions)
	}
}

// Time and memory of an analysis grow linearly with the nodes; each size is four times the one
// before.
func BenchmarkAnalysis(b *testing.B) {
	for _, n := range []int{625, 2500, 10000} {
		m := residual(b, n)
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := convert.Simplify(b.Context(), m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
