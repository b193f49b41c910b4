package linear_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/runtime"
)

// Every linear node of every operator's fixture: what Read gives times the weights plus the bias
// is what the node computes, and what Write puts there is computed from then on.
func TestColumnsTimesWeightsIsWhatTheNodeComputes(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, o := range all {
		if err := op.InferGraph(o.Model.Graph); err != nil {
			continue
		}
		for i := range o.Model.Graph.Nodes {
			m, _ := o.Model.Clone()
			n := m.Graph.Nodes[i]
			l := linear.Of(n)
			if l == nil || l.Opaque || l.X().Type.DType != graph.Float32 {
				continue
			}
			seen[n.Op]++
			r := rand.New(rand.NewPCG(1, 2))
			for _, round := range []string{"as it is", "changed"} {
				check(t, o.Name+" "+l.Name()+", "+round, m, l)
				weights, bias := normal(r, len(l.Weights())), normal(r, len(l.Bias()))
				if !l.HasBias {
					bias = nil
				}
				l.Write(weights, bias)
			}
		}
	}
	for _, name := range []string{"Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "Mul", "LayerNormalization",
		"RMSNormalization", "GroupNormalization", "InstanceNormalization"} {
		if seen[name] < 1 {
			t.Errorf("%d fixtures show %s as a linear node", seen[name], name)
		}
	}
}

// check compares what m computes at l.Result with what l says it does.
func check(t *testing.T, name string, m *graph.Model, l *linear.Map) {
	t.Helper()
	s, err := runtime.Compile(m, runtime.Options{Reference: true, Taps: []*graph.Value{l.X(), l.Result}})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var x, y *graph.Tensor
	_, err = s.Tap(t.Context(), fixtures.Feeds(m, 3), func(v *graph.Value, seen *graph.Tensor) error {
		if v == l.X() {
			if x, err = l.Seen(seen); err != nil {
				return err
			}
		}
		if v == l.Result {
			y = seen
			compare(t, name, l, x, y)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if y == nil {
		t.Fatalf("%s: did not run", name)
	}
}

func compare(t *testing.T, name string, l *linear.Map, x, y *graph.Tensor) {
	t.Helper()
	have := linear.Floats(y)
	weights, bias := l.Weights(), l.Bias()
	count, err := l.Rows(x)
	if err != nil || count*l.Groups*l.Outs != len(have) {
		t.Fatalf("%s: %d rows (%v), have %v", name, count, err, y.Shape())
	}
	rows := make([]int, count)
	for i := range rows {
		rows[i] = i
	}
	cols := make([]float32, count*l.Cols)
	for g := range l.Groups {
		if err := l.Read(cols, l.Cols, x, g, rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			at, stride := l.Output(y, row)
			for j := range l.Outs {
				k := g*l.Outs + j
				want := 0.0
				if bias != nil {
					want = bias[k]
				}
				for c := range l.Cols {
					want += float64(cols[row*l.Cols+c]) * weights[k*l.Cols+c]
				}
				if h := have[at+k*stride]; math.Abs(h-want) > 1e-4*(1+math.Abs(want)) {
					t.Fatalf("%s: row %d output %d: have %g, want %g", name, row, k, h, want)
				}
			}
		}
	}
}

func normal(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}
