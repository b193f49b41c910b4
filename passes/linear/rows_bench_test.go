package linear_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/linear"
)

// BenchmarkRead reads an eighth of the rows of a depthwise and of a pointwise convolution.
func BenchmarkRead(b *testing.B) {
	for name, text := range map[string]string{
		"depthwise": "<float[32,1,3,3] w = {0" + strings.Repeat(", 0", 287) + "}> { y = Conv<group: int = 32, pads: ints = [1, 1, 1, 1]>(x, w) }",
		"pointwise": "<float[16,32,1,1] w = {0" + strings.Repeat(", 0", 511) + "}> { y = Conv(x, w) }",
	} {
		b.Run(name, func(b *testing.B) {
			m, err := graph.Parse("<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[4,32,56,56] x) => (float[N,C,H,W] y) " + text)
			if err != nil {
				b.Fatal(err)
			}
			if err := op.InferGraph(m.Graph); err != nil {
				b.Fatal(err)
			}
			l := linear.Of(m.Graph.Nodes[0])
			x := graph.NewTensor(graph.Float32, 4, 32, 56, 56)
			r := rand.New(rand.NewPCG(1, 1))
			var rows []int
			for i := range 4 * 56 * 56 {
				if r.IntN(8) == 0 {
					rows = append(rows, i)
				}
			}
			dst := make([]float32, len(rows)*l.Cols)
			for b.Loop() {
				for g := range l.Groups {
					if err := l.Read(dst, l.Cols, x, g, rows); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*l.Groups*len(dst)), "ns/number")
		})
	}
}
