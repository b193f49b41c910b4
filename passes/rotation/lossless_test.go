package rotation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/statistics"
)

func TestOutputsStayAndStatisticsFollow(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := network(t, c.text)
			a := analyse(t, m)
			batches := inputs(m, 2, 40, 7)
			s := collect(t, m, wanted(a, m), batches)
			before := outputs(t, m, batches)
			constants := len(m.Graph.Initializers)
			var list []string
			for _, r := range rotation.Apply(a, s) {
				list = append(list, fmt.Sprint(r.Kind, " ", r.Blocks))
			}
			slices.Sort(list)
			if have := strings.Join(list, ", "); have != c.want {
				t.Errorf("rotated %q, want %q", have, c.want)
			}
			after := outputs(t, m, batches)
			d := apart(after, before)
			t.Logf("%q: %.1g apart", list, d)
			limit, half := 1e-5, strings.Contains(c.text, "float16")
			if half { // new weights are rounded as the old ones were
				limit = 4 * 0x1p-11
			}
			if !(d <= limit) || c.want == "" && d != 0 || len(m.Graph.Initializers) != constants {
				t.Errorf("outputs are %g apart, %d constants were %d", d, len(m.Graph.Initializers), constants)
			}
			if c.want != "" && slices.Equal(after, before) {
				t.Error("nothing was done")
			}
			if c.want != "" && !half {
				sameStatistics(t, m, s, batches)
			}
		})
	}
}

// sameStatistics checks that what s says of m is what the batches say: Gram matrices, moments of what maps read, second moments of what
// products contract, and of keys that a softmax reads those less the mean of each head.
func sameStatistics(t *testing.T, m *graph.Model, s *statistics.Set, batches []feeds) {
	t.Helper()
	anew := collect(t, m, wanted(analyse(t, m), m), batches)
	softmax := slices.ContainsFunc(m.Graph.Nodes, func(n *graph.Node) bool { return n.Op == "Softmax" })
	for _, n := range m.Graph.Nodes {
		if l := linear.Of(n); l != nil && l.Groups == 1 {
			near(t, "Gram matrix of "+l.Name(), s.Gram(l).SecondMoment(0), anew.Gram(l).SecondMoment(0))
			near(t, "covariance of "+l.Name(), s.Gram(l).Covariance(0), anew.Gram(l).Covariance(0))
			if l.Taps == 1 {
				have, want := s.Moments(l.X(), l.In), anew.Moments(l.X(), l.In)
				near(t, "mean of what "+l.Name()+" reads", each(have, have.Mean), each(want, want.Mean))
				near(t, "second moment of what "+l.Name()+" reads", each(have, have.SecondMoment), each(want, want.SecondMoment))
			}
		} else if n.Op == "MatMul" && n.Out(0).Name != "o" {
			for i, axis := range []int{len(n.In(0).Type.Shape) - 1, len(n.In(1).Type.Shape) - 2} {
				have, want := s.Moments(n.In(i), axis), anew.Moments(n.In(i), axis)
				squares := each(want, want.SecondMoment)
				if softmax && strings.HasPrefix(n.In(i).Name, "k") {
					squares = spread(t, m, n.In(i), axis, batches)
				}
				near(t, "second moment of "+n.In(i).Name, each(have, have.SecondMoment), squares)
			}
		}
	}
}

// spread is the variance within each head, axis 1 of four, at positions of an axis of v: the mean over heads.
func spread(t *testing.T, m *graph.Model, v *graph.Value, axis int, batches []feeds) []float64 {
	t.Helper()
	shape, _ := v.Type.Shape[1:].Ints()
	shape, heads := append([]int{0}, shape...), 1
	if len(shape) == 4 {
		heads = shape[1]
	}
	sums, squares, count := make([]float64, shape[axis]*heads), make([]float64, shape[axis]*heads), 0.0
	err := reference{}.Observe(t.Context(), m, []*graph.Value{v}, func(yield func(feeds, error) bool) {
		for _, f := range batches {
			if !yield(f, nil) {
				return
			}
		}
	}, func(_ *graph.Value, seen *graph.Tensor) error {
		for i, x := range linear.Floats(seen) {
			inner, head := 1, 0
			for _, e := range shape[axis+1:] {
				inner *= e
			}
			if heads > 1 {
				head = i / (shape[2] * shape[3]) % heads
			}
			at := head*shape[axis] + i/inner%shape[axis]
			sums[at], squares[at], count = sums[at]+x, squares[at]+x*x, count+1/float64(len(sums))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, shape[axis])
	for i, s := range sums {
		out[i%shape[axis]] += (squares[i]/count - s/count*s/count) / float64(heads)
	}
	return out
}

func each(m *statistics.Moments, of func(int) float64) []float64 {
	out := make([]float64, len(m.Sum))
	for i := range out {
		out[i] = of(i)
	}
	return out
}

func near(t *testing.T, what string, have, want []float64) {
	t.Helper()
	if d := apart(have, want); d > 1e-6 {
		t.Errorf("%s: %g apart", what, d)
	}
}
