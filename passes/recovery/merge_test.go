package recovery

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// A merge is the regression of every removed column on the kept ones, solved by QR on the rows, times the weights
// of what is removed; means are left to the bias where there is one.
func TestMergeIsTheRegressionOfRemovedColumnsOnKeptOnes(t *testing.T) {
	const rows, cols, outs, strength = 300, 9, 4, 1e-2
	r := rand.New(rand.NewPCG(1, 9))
	mix, x := normal(r, cols*cols), make([]float64, rows*cols)
	for i := range rows {
		z := normal(r, cols)
		for j := range cols {
			x[i*cols+j] = 0.5
			for k := range cols {
				x[i*cols+j] += z[k] * mix[k*cols+j]
			}
		}
	}
	weights := normal(r, outs*cols)
	c := &columns{outs: []int{0, 2, 3}, kept: []int{1, 2, 5, 6, 8}, removed: []int{0, 3, 4, 7}}
	for _, biased := range []bool{true, false} {
		g := statistics.NewGram(1, cols)
		g.Add(0, rounded(x), rows, 1)
		g.Rows = rows
		have := c.merging(g, 0, weights, biased).change(strength)

		centre, scatter := make([]float64, cols), 0.0
		if biased {
			for i, v := range x {
				centre[i%cols] += v / rows
			}
		}
		at := func(i, col int) float64 { return x[i*cols+col] - centre[col] }
		for _, k := range c.kept {
			for i := range rows {
				scatter += at(i, k) * at(i, k)
			}
		}
		lambda := strength * scatter / float64(len(c.kept)) // for sums over rows, as scatter is
		a, b := mat.NewDense(rows+len(c.kept), len(c.kept), nil), mat.NewDense(rows+len(c.kept), len(c.removed), nil)
		for i := range rows {
			for j, k := range c.kept {
				a.Set(i, j, at(i, k))
			}
			for j, s := range c.removed {
				b.Set(i, j, at(i, s))
			}
		}
		for j := range c.kept {
			a.Set(rows+j, j, math.Sqrt(lambda))
		}
		var predicted mat.Dense // kept x removed
		if err := predicted.Solve(a, b); err != nil {
			t.Fatal(err)
		}
		var want []float64
		shift := make([]float64, len(c.outs))
		for i, k := range c.kept {
			for o, out := range c.outs {
				d := 0.0
				for j, s := range c.removed {
					d += predicted.At(i, j) * weights[out*cols+s]
				}
				want = append(want, d)
				shift[o] -= d * centre[k]
			}
		}
		if biased {
			for o, out := range c.outs {
				for _, s := range c.removed {
					shift[o] += weights[out*cols+s] * centre[s]
				}
			}
			want = append(want, shift...)
		}
		if len(have) != len(want) || apart(have, want) > 1e-5 {
			t.Errorf("bias %v: off by %g", biased, apart(have, want))
		}
	}
}

// What is merged from the statistics of the original alone is what is merged from the same inputs, and it helps.
func TestMergeFromStatisticsIsThatFromTheSameInputs(t *testing.T) {
	was := strengths
	strengths = []float64{mergeStrength}
	defer func() { strengths = was }()
	for name, text := range networks {
		in := halved(t, weighted(t, text))
		samples := 40
		if name == "up and down" { // few enough for every row to be looked at
			samples = 12
		}
		in.Feeds = feedsOf(in.Original, 2, samples, 4)
		unrepaired, _ := in.Cut.Clone()
		method, _ := Lookup("merge")
		repairs, err := method.Apply(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		refused := map[string]bool{}
		for _, r := range repairs {
			refused[r.Node] = !r.Taken
		}
		known := in
		known.Cut, _ = unrepaired.Clone()
		known.Statistics, known.Feeds, known.Stepper = collected(t, in), nil, nil
		merged, err := method.Apply(t.Context(), known)
		if err != nil {
			t.Fatal(err)
		}
		if err := known.Cut.Check(); err != nil {
			t.Fatal(err)
		}
		taken := 0
		for _, r := range merged {
			if !r.Taken || !(r.After < r.Before) {
				t.Errorf("%s: %+v", name, r)
			}
			if refused[r.Node] { // nothing is held out from statistics
				continue
			}
			taken++
			a, b := nodeCalled(in.Cut, r.Node), nodeCalled(known.Cut, r.Node)
			if d := apart(linear.Of(a).Weights(), linear.Of(b).Weights()); d > 1e-4 {
				t.Errorf("%s, %s: weights off by %g", name, r.Node, d)
			}
			if d := apart(linear.Of(a).Bias(), linear.Of(b).Bias()); d > 1e-4 {
				t.Errorf("%s, %s: bias off by %g", name, r.Node, d)
			}
		}
		if taken == 0 {
			t.Errorf("%s: nothing is merged", name)
		}
		fresh := feedsOf(in.Original, 1, 60, 99)
		if before, after := distance(t, in.Original, unrepaired, fresh), distance(t, in.Original, known.Cut, fresh); !(after < before) {
			t.Errorf("%s: distance %.4f before, %.4f after", name, before, after)
		}
	}
}

// collected is the Gram matrix of what every contraction of the original reads.
func collected(t *testing.T, in Input) *statistics.Set {
	t.Helper()
	var request statistics.Request
	for _, n := range in.Original.Graph.Nodes {
		if l := linear.Of(n); l != nil {
			request.Grams = append(request.Grams, l)
		}
	}
	total := 0
	for _, b := range batchesOf(in.Feeds) {
		total += b.count
	}
	set, err := statistics.Collect(t.Context(), in.Original, runtime.Observer{Threads: 1}, statistics.Inputs{
		Batches: func(yield func(map[string]*graph.Tensor, error) bool) {
			for _, f := range in.Feeds.(passes.Held) {
				if !yield(maps.Clone(f), nil) {
					return
				}
			}
		},
		Samples: total, Threads: 1,
	}, request)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func nodeCalled(m *graph.Model, name string) *graph.Node {
	at := slices.IndexFunc(m.Graph.Nodes, func(n *graph.Node) bool { return n.Title() == name })
	return m.Graph.Nodes[at]
}
