package recovery

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
)

// On the rows that it saw, an output that is matched has the mean and the variance that were wanted; without a shift, the
// second moment.
func TestMatchedOutputsHaveMeanAndVariance(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	const rows = 200
	have, want := normal(r, rows), normal(r, rows)
	var sums pairs
	for i := range rows {
		have[i], want[i] = 3*have[i]-1, 0.2*want[i]+5
		sums.add(&pairs{1, have[i], want[i], have[i] * have[i], want[i] * want[i]})
	}
	moments := func(v []float64) (mean, variance, second float64) {
		for _, x := range v {
			mean += x / rows
			second += x * x / rows
		}
		return mean, second - mean*mean, second
	}
	m, v, s := moments(want)
	for _, shifts := range []bool{true, false} {
		to := sums.match(shifts)
		moved := slices.Clone(have)
		for i := range moved {
			moved[i] = to.scale*moved[i] + to.shift
		}
		m2, v2, s2 := moments(moved)
		if shifts && math.Abs(m-m2)+math.Abs(v-v2) > 1e-9 {
			t.Errorf("mean %g, want %g; variance %g, want %g", m2, m, v2, v)
		}
		if !shifts && math.Abs(s-s2) > 1e-9 {
			t.Errorf("second moment %g, want %g", s2, s)
		}
	}
}

const normalisedBatches = `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,3,6,6] x, float[8,3,3,3] w_1, float[4,8,1,1] w_2, float[4] scale, float[4] shift, float[4] mean, float[4] variance, float[4,4,1,1] w_3) => (float[N,4,4,4] y)
{
   a = Conv(x, w_1)
   r = Relu(a)
   c = Conv(r, w_2)
   b = BatchNormalization(c, scale, shift, mean, variance)
   y = Conv(b, w_3)
}`

// A BatchNormalization that is still there keeps scale and shift, and its output has the original's mean and
// variance again on what was seen.
func TestBatchNormalizationGetsNewStatistics(t *testing.T) {
	m := weighted(t, normalisedBatches)
	g := m.Graph
	for name, v := range map[string][]float64{
		"scale": {1, 2, 0.5, 1}, "shift": {1, 0, 0, -1}, "mean": {0.1, 0.2, 0, 0}, "variance": {1, 2, 1, 0.5},
	} {
		value := g.Value(name)
		g.Inputs = slices.DeleteFunc(g.Inputs, func(w *graph.Value) bool { return w == value })
		g.SetConst(value, constant(v, 4))
	}
	in := halved(t, m)
	in.Feeds = feedsOf(m, 2, 30, 4)
	cut, _ := in.Cut.Clone()
	kept := in.Analysis.Kept(in.Plan, g.Value("b"), 1)
	// The convolutions stay as the cut left them, so that there is something to match.
	_, err := walk(t.Context(), in, way{
		columns: math.MaxInt, alone: true, write: restate,
		group: func(p *problem, g int, train, held rows) outcome {
			if p.Node.Op != "BatchNormalization" {
				return outcome{}
			}
			o := matchVariance(p, g, train, held)
			sums, _ := p.outputs(g, train)
			more, _ := p.outputs(g, held)
			sums[0].add(&more[0])
			o.change = make([]float64, 2) // whether it helps is not what is asked here
			p.affine(o.change, g, 0, sums[0].match(true))
			return o
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	a, b := nodeCalled(cut, "b"), nodeCalled(in.Cut, "b")
	for i := 1; i < 5; i++ {
		same := apart(linear.Floats(a.In(i).Const), linear.Floats(b.In(i).Const)) == 0
		if same != (i < 3) {
			t.Errorf("input %d as it was: %v", i, same)
		}
	}
	want, have := channels(t, in, in.Original), channels(t, in, in.Cut)
	for i, k := range kept {
		if d := max(math.Abs(want[k][0]-have[i][0]), math.Abs(want[k][1]-have[i][1])); d > 1e-4 {
			t.Errorf("channel %d: mean and variance %v, want %v", k, have[i], want[k])
		}
	}
}

// channels gives mean and variance of every channel of the value b.
func channels(t *testing.T, in Input, m *graph.Model) [][2]float64 {
	t.Helper()
	n := newNetwork(m, in.Stepper)
	if err := n.feed(t.Context(), in.Feeds, in.Feeds.Len()); err != nil {
		t.Fatal(err)
	}
	v := m.Graph.Value("b")
	for !n.has(v) {
		if err := n.advance(t.Context(), n.next+1); err != nil {
			t.Fatal(err)
		}
	}
	shape := n.at(v, 0).Shape()
	sums := make([]pairs, shape[1])
	for b := range in.Feeds.(passes.Held) {
		for i, x := range linear.Floats(n.at(v, b)) {
			sums[i/(shape[2]*shape[3])%shape[1]].add(&pairs{rows: 1, have: x, haves: x * x})
		}
	}
	out := make([][2]float64, len(sums))
	for i, s := range sums {
		mean := s.have / s.rows
		out[i] = [2]float64{mean, s.haves/s.rows - mean*mean}
	}
	return out
}
