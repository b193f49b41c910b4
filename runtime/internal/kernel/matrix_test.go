package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestGemm(t *testing.T) {
	rng := seeded(t)
	for range 60 {
		m, k, n := 1+rng.IntN(70), 1+rng.IntN(300), 1+rng.IntN(210)
		a, b := []int{m, k}, []int{k, n}
		transA, transB := rng.IntN(2), rng.IntN(2)
		if transA == 1 {
			a = []int{k, m}
		}
		if transB == 1 {
			b = []int{n, k}
		}
		in := []*graph.Tensor{random(rng, a...), random(rng, b...)}
		if c := pick(rng, nil, []int{n}, []int{1, n}, []int{m, 1}, []int{m, n}, []int{1}, []int{}); c != nil {
			in = append(in, random(rng, c...))
		}
		proof{op: "Gemm", in: in, terms: k, attrs: []*graph.Attr{
			graph.IntAttr("transA", transA), graph.IntAttr("transB", transB),
			graph.FloatAttr("alpha", pick(rng, float32(1), 0.5)), graph.FloatAttr("beta", pick(rng, float32(1), 0, -2)),
		}}.prove(t)
	}
}

func TestGemmRefusesWhatEvalRefuses(t *testing.T) {
	rng := seeded(t)
	for _, shapes := range [][][]int{{{2, 3}, {4, 5}}, {{2, 3}, {3, 5}, {4}}, {{2, 3, 1}, {3, 5}}} {
		p := proof{op: "Gemm"}
		for _, s := range shapes {
			p.in = append(p.in, random(rng, s...))
		}
		p.prove(t)
	}
}

func TestMatMul(t *testing.T) {
	rng := seeded(t)
	stacks := [][2][]int{{{}, {}}, {{3}, {}}, {{}, {3}}, {{2, 3}, {3}}, {{2, 1}, {1, 3}}, {{1, 1}, {}}, {{4}, {1}}, {{0}, {}}}
	for range 60 {
		m, k, n := 1+rng.IntN(80), 1+rng.IntN(300), 1+rng.IntN(250)
		s := pick(rng, stacks...)
		a, b := append(append([]int{}, s[0]...), m, k), append(append([]int{}, s[1]...), k, n)
		proof{op: "MatMul", in: []*graph.Tensor{random(rng, a...), random(rng, b...)}, terms: k}.prove(t)
	}
	for _, vectors := range [][2][]int{{{5}, {5}}, {{5}, {5, 3}}, {{2, 5}, {5}}, {{4, 2, 5}, {5}}, {{5}, {4, 5, 3}}, {{2, 3}, {4, 5}}} {
		proof{op: "MatMul", in: []*graph.Tensor{random(rng, vectors[0]...), random(rng, vectors[1]...)}, terms: 5}.prove(t)
	}
}

// The number of threads divides the work, not the sums: results are the same to the bit.
func TestThreadsDoNotChangeResults(t *testing.T) {
	rng := seeded(t)
	in := []*graph.Tensor{random(rng, 5, 333), random(rng, 333, 500)}
	var first []float32
	for threads := 1; threads <= 4; threads++ {
		p := proof{op: "MatMul", in: in}
		n := p.node(t)
		q := &Request{Node: n, In: p.arrays(n), Out: []Array{Float32(5, 500)}, Threads: threads, Epilogue: Epilogue{Activation: NoActivation}}
		k, err := Bind(q)
		if err != nil {
			t.Fatal(err)
		}
		r := newTrial(k, q, in, -1)
		r.run(rng, threads)
		got := r.out[0].v
		if first == nil {
			first = got
		}
		for i := range got {
			if got[i] != first[i] {
				t.Fatalf("%d threads: element %d is %g, with one thread %g", threads, i, got[i], first[i])
			}
		}
	}
}
