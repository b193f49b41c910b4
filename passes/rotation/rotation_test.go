package rotation_test

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

type feeds = map[string]*graph.Tensor

func random(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// network is one in text form whose inputs that begin with w are random weights. Those of a matrix fall off, so that some
// directions carry more than others.
func network(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse("<ir_version: 8, opset_import: [\"\" : 17]>\n" + text)
	if err != nil {
		t.Fatal(err)
	}
	fill(m, m.Graph.Inputs[0].Type.DType)
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	return m
}

func fill(m *graph.Model, dtype graph.DType) {
	r := rand.New(rand.NewPCG(5, 5))
	g := m.Graph
	for _, v := range slices.Clone(g.Inputs) {
		if !strings.HasPrefix(v.Name, "w") {
			continue
		}
		g.Inputs = slices.DeleteFunc(g.Inputs, func(w *graph.Value) bool { return w == v })
		dims, _ := v.Type.Shape.Ints()
		n := 1
		for _, d := range dims {
			n *= d
		}
		w := random(r, n)
		if inner := n / dims[0]; len(dims) > 1 {
			for i := range w {
				w[i] *= math.Pow(0.8, float64(i/inner)) / math.Sqrt(float64(inner))
			}
		}
		c, _ := graph.FromFloats(dtype, w, dims...)
		g.SetConst(v, c)
	}
}

// inputs makes batches of random inputs.
func inputs(m *graph.Model, batches, samples int, seed uint64) []feeds {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]feeds, batches)
	for b := range out {
		out[b] = feeds{}
		for _, v := range m.Graph.Inputs {
			dims := make([]int, len(v.Type.Shape))
			n := 1
			for i, d := range v.Type.Shape {
				e, known := d.Value()
				if !known {
					e = samples
				}
				dims[i] = e
				n *= e
			}
			out[b][v.Name], _ = graph.FromFloats(v.Type.DType, random(r, n), dims...)
		}
	}
	return out
}

// reference runs models by the naive evaluation.
type reference struct{}

func (reference) Observe(ctx context.Context, m *graph.Model, values []*graph.Value, batches iter.Seq2[map[string]*graph.Tensor, error],
	visit func(v *graph.Value, t *graph.Tensor) error) error {
	s, err := runtime.Compile(m, runtime.Options{Reference: true, Taps: values})
	if err != nil {
		return err
	}
	for feeds, err := range batches {
		if err != nil {
			return err
		}
		if _, err := s.Tap(ctx, feeds, visit); err != nil {
			return err
		}
	}
	return nil
}

// wanted asks for what rotation wants, the Gram matrices of all maps, and the moments of what they read and of what products contract.
func wanted(a *group.Analysis, m *graph.Model) statistics.Request {
	r := rotation.Wants(a, m)
	for _, n := range m.Graph.Nodes {
		if l := linear.Of(n); l != nil {
			r.Grams = append(r.Grams, l)
			r.Axes = append(r.Axes, group.Member{Value: l.X(), Axis: l.In})
		} else if n.Op == "MatMul" {
			r.Axes = append(r.Axes, group.Member{Value: n.In(0), Axis: len(n.In(0).Type.Shape) - 1},
				group.Member{Value: n.In(1), Axis: len(n.In(1).Type.Shape) - 2})
		}
	}
	return r
}

func collect(t *testing.T, m *graph.Model, r statistics.Request, batches []feeds) *statistics.Set {
	t.Helper()
	samples := 0
	for _, f := range batches {
		for _, x := range f {
			samples += x.Shape()[0]
			break
		}
	}
	s, err := statistics.Collect(t.Context(), m, reference{}, statistics.Inputs{Samples: samples, Batches: func(yield func(feeds, error) bool) {
		for _, f := range batches {
			if !yield(f, nil) {
				return
			}
		}
	}}, r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func analyse(t *testing.T, m *graph.Model) *group.Analysis {
	t.Helper()
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// outputs is what m computes, all of it after each other.
func outputs(t *testing.T, m *graph.Model, batches []feeds) []float64 {
	t.Helper()
	var all []float64
	for _, f := range batches {
		out, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range m.Graph.Outputs {
			all = append(all, linear.Floats(out[v.Name])...)
		}
	}
	return all
}

// apart is the largest difference, relative to the largest number.
func apart(have, want []float64) float64 {
	far, most := 0.0, 0.0
	for i := range want {
		far, most = max(far, math.Abs(have[i]-want[i])), max(most, math.Abs(want[i]))
		if math.IsNaN(have[i]) {
			return math.NaN()
		}
	}
	if far == 0 {
		return 0
	}
	return far / most
}
