package kernel

import (
	"fmt"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// bench runs the kernel on one thread and reports GFLOP/s if the operator counts its work.
func (p proof) bench(b *testing.B) {
	n := p.nodeOf(b, allButFirst)
	if err := op.Infer(n); err != nil {
		b.Fatal(err)
	}
	dims, _ := n.Out(0).Type.Shape.Ints()
	q := &Request{Node: n, In: p.arrays(n), Out: []Array{Float32(dims...)}, Threads: 1, Epilogue: Epilogue{Activation: NoActivation}}
	k, err := Bind(q)
	if err != nil {
		b.Fatalf("no kernel: %v", err)
	}
	r := newTrial(k, q, p.in, -1)
	own := Aligned(k.Own)
	b.Run(fmt.Sprint(k.Name, p.in[0].Shape()), func(b *testing.B) {
		for b.Loop() {
			for _, phase := range k.Phases {
				phase.Do(&r.call, own, 0, phase.Pieces)
			}
		}
		if cost := op.Lookup(n).Cost; cost != nil {
			macs, _ := cost(n).MACs.Int64()
			b.ReportMetric(2*float64(macs)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		}
	})
}

func BenchmarkConv(b *testing.B) {
	rng := seeded(b)
	for _, c := range []struct {
		x, w       []int
		group, pad int
	}{
		{[]int{1, 24, 28, 28}, []int{24, 24, 3, 3}, 1, 1},
		{[]int{1, 48, 14, 14}, []int{48, 48, 3, 3}, 1, 1},
		{[]int{1, 96, 7, 7}, []int{96, 96, 3, 3}, 1, 1},
		{[]int{1, 64, 56, 56}, []int{64, 64, 3, 3}, 1, 1},
		{[]int{1, 256, 14, 14}, []int{256, 256, 3, 3}, 1, 1},
		{[]int{1, 64, 56, 56}, []int{256, 64, 1, 1}, 1, 0},
		{[]int{1, 512, 7, 7}, []int{2048, 512, 1, 1}, 1, 0},
		{[]int{1, 96, 56, 56}, []int{96, 1, 3, 3}, 96, 1},
		{[]int{1, 96, 14, 14}, []int{96, 1, 5, 5}, 96, 2},
	} {
		proof{op: "Conv", in: []*graph.Tensor{random(rng, c.x...), random(rng, c.w...)},
			attrs: []*graph.Attr{graph.IntAttr("group", c.group), graph.IntsAttr("pads", c.pad, c.pad, c.pad, c.pad)}}.bench(b)
	}
}

func BenchmarkMatMul(b *testing.B) {
	rng := seeded(b)
	for _, c := range [][2][]int{{{512, 512}, {512, 512}}, {{16, 50, 96}, {96, 192}}, {{16, 6, 50, 16}, {16, 6, 16, 50}}} {
		proof{op: "MatMul", in: []*graph.Tensor{random(rng, c[0]...), random(rng, c[1]...)}}.bench(b)
	}
}

func BenchmarkElementwise(b *testing.B) {
	rng := seeded(b)
	x := random(rng, 16, 24, 28, 28)
	for _, name := range []string{"Relu", "Erf", "Tanh", "Sigmoid", "Softmax"} {
		b.Run(name, func(b *testing.B) { proof{op: name, in: []*graph.Tensor{x}}.bench(b) })
	}
	b.Run("Add", func(b *testing.B) { proof{op: "Add", in: []*graph.Tensor{x, x}}.bench(b) })
	b.Run("Add channel", func(b *testing.B) { proof{op: "Add", in: []*graph.Tensor{x, random(rng, 24, 1, 1)}}.bench(b) })
}
