package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// thin sets most of the weights of a proof to zero, sometimes all of them, and sometimes in blocks
// of four outputs. Axis is that of the outputs.
func (p proof) thin(rng *rand.Rand, axis int) proof {
	w := p.in[1]
	v, dims := graph.Data[float32](w), w.Shape()
	inner := volume(dims[axis+1:])
	density := pick(rng, 0, .05, .2, .5, .8)
	block := pick(rng, 1, 1, 4)
	keep := map[int]bool{}
	for i := range v {
		out := i / inner % dims[axis]
		rest := i - out*inner // the same for all outputs
		place := rest*(dims[axis]+1) + out/block
		if _, drawn := keep[place]; !drawn {
			keep[place] = rng.Float64() < density
		}
		if !keep[place] {
			v[i] = 0
		}
	}
	return p
}

// proveWays is prove for a proof some of whose weights are zero. There must be a way for each of
// these blocks that leaves out at least one weight in twenty.
func (p proof) proveWays(t *testing.T, axis int, want ...int) {
	t.Helper()
	p.prove(t)
	n := p.nodeOf(t, allButFirst)
	q := &Request{Node: n, In: p.arrays(n), Threads: 1, Epilogue: Epilogue{Activation: NoActivation}, Out: []Array{Float32(1)}}
	ways, count := Ways(q)
	var have, worth []int
	for _, w := range ways {
		have = append(have, w.Block)
	}
	for _, block := range want { // those that leave out enough
		if stored := p.stored(axis, block); stored*20 <= count.Weights*19 {
			worth = append(worth, block)
		}
	}
	if !slices.Equal(have, worth) {
		t.Errorf("%v: ways %v, want blocks of %v", p, ways, worth)
	}
}

// stored returns how many weights lie in blocks that are not all zero, counted one by one. Leftover
// outputs are blocks of their own.
func (p proof) stored(axis, block int) int {
	v, dims := graph.Data[float32](p.in[1]), p.in[1].Shape()
	inner := volume(dims[axis+1:])
	whole := dims[axis] / block * block
	n := 0
	for i := range v {
		out := i / inner % dims[axis]
		size, first := block, out/block*block
		if out >= whole {
			size, first = 1, out
		}
		for k := range size {
			if v[i+(first+k-out)*inner] != 0 {
				n++
				break
			}
		}
	}
	return n
}

func TestSparseConv(t *testing.T) {
	rng := seeded(t)
	for i := range 200 {
		p := someConv(rng, 1+i%2, false)
		p.thin(rng, 0).prove(t)
	}
	for range 40 { // sizes that occur in networks
		size, each, outs := 5+rng.IntN(26), 1+rng.IntN(9), 1+rng.IntN(18)
		k, stride := pick(rng, 1, 3, 5, 7), pick(rng, 1, 1, 2)
		p := proof{op: "Conv", in: []*graph.Tensor{random(rng, 1+rng.IntN(2), each, size, size+rng.IntN(3)), random(rng, outs, each, k, k), random(rng, outs)}, terms: each * k * k,
			attrs: []*graph.Attr{graph.IntsAttr("pads", k/2, k/2, k/2, k/2), graph.IntsAttr("strides", stride, stride)}}
		p.thin(rng, 0)
		if outs < 4 {
			p.proveWays(t, 0, 1)
		} else {
			p.proveWays(t, 0, 1, 4)
		}
	}
}

// A depthwise convolution, and one of three spatial axes, is computed as if no weight were zero.
func TestSomeConvolutionsStayDense(t *testing.T) {
	rng := seeded(t)
	for i := range 20 {
		p := proof{op: "Conv", in: []*graph.Tensor{random(rng, 1, 8, 7, 7), random(rng, 8, 1, 3, 3)}, terms: 9, attrs: []*graph.Attr{graph.IntAttr("group", 8)}}
		if i%2 == 0 {
			p = proof{op: "Conv", in: []*graph.Tensor{random(rng, 1, 2, 4, 5, 6), random(rng, 8, 2, 2, 3, 3)}, terms: 36}
		}
		p.thin(rng, 0).proveWays(t, 0)
	}
}

func TestSparseMatMul(t *testing.T) {
	rng := seeded(t)
	for range 60 {
		k, n := 1+rng.IntN(70), 1+rng.IntN(70)
		x := []int{pick(rng, 1, 3, 17, 100), k}
		if rng.IntN(2) == 0 {
			x = append([]int{1 + rng.IntN(3)}, x...)
		}
		p := proof{op: "MatMul", in: []*graph.Tensor{random(rng, x...), random(rng, k, n)}, terms: k}
		p.thin(rng, 1).proveWays(t, 1, blocksFor(n)...)
	}
}

func TestSparseGemm(t *testing.T) {
	rng := seeded(t)
	for range 60 {
		rows, k, n := pick(rng, 1, 2, 9, 50, 130), 1+rng.IntN(70), 1+rng.IntN(40)
		trans := rng.IntN(2)
		w, axis := []int{k, n}, 1
		if trans == 1 {
			w, axis = []int{n, k}, 0
		}
		p := proof{op: "Gemm", in: []*graph.Tensor{random(rng, rows, k), random(rng, w...), random(rng, n)}, terms: k,
			attrs: []*graph.Attr{graph.IntAttr("transB", trans), graph.FloatAttr("alpha", pick(rng, float32(1), 1, .5)), graph.FloatAttr("beta", pick(rng, float32(1), 1, 0, 2))}}
		p.thin(rng, axis).proveWays(t, axis, blocksFor(n)...)
	}
}

// blocksFor returns the blocks in which that many outputs can be stored.
func blocksFor(outs int) []int {
	if outs < 4 {
		return []int{1}
	}
	return []int{1, 4}
}

// A constant without zeros has only one way to be computed.
func TestDenseWeightsHaveNoOtherWay(t *testing.T) {
	rng := seeded(t)
	proof{op: "MatMul", in: []*graph.Tensor{random(rng, 3, 8), random(rng, 8, 8)}, terms: 8}.proveWays(t, 1)
}
