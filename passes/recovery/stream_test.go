package recovery

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/runtime"
)

// What a repair upstream could not bring back has drifted off the stream. A node that adds to the stream later, and that sees
// enough to, makes it good: the target is the stream behind the sum, not the node's own result.
//
// Here the stream s goes through eight hidden units of which four are cut, and nothing between them is bent: what is missing is
// a linear map of x. The branch reads x itself and nothing of it is cut, so that on its own it has nothing to repair. With the
// drift for a target it brings the outputs back to the last digits.
func TestABranchMakesGoodTheDriftOfItsStream(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["": 13]>
net (float[N,6] x, float[6,8] w_1, float[8,6] w_2, float[6,6] w_3, float[6] w_b3) => (float[N,6] y)
{
   h = MatMul(x, w_1)
   s = MatMul(h, w_2)
   l = MatMul(x, w_3)
   b = Add(l, w_b3)
   y = Add(s, b)
}`
	in := halved(t, weighted(t, text))
	in.Feeds = feedsOf(in.Original, 10, 40, 1)
	fresh := feedsOf(in.Original, 1, 60, 99)
	before := distance(t, in.Original, in.Cut, fresh)
	m, err := Lookup("leastsquares")
	if err != nil {
		t.Fatal(err)
	}
	repairs, err := m.Apply(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if after := distance(t, in.Original, in.Cut, fresh); before < 0.05 || after > 1e-7 {
		t.Errorf("the outputs are %g apart before, %g after", before, after)
	}
	i := slices.IndexFunc(repairs, func(r Repair) bool { return r.Node == "l" })
	if i < 0 || !repairs[i].Taken || repairs[i].Before < 0.01 || repairs[i].After > 1e-7 {
		t.Errorf("%+v", repairs)
	}
}

// The bias of the branch, the only one behind the cut, takes up the mean of the drift.
func TestABiasTakesUpTheMeanDriftOfItsStream(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["": 13]>
net (float[N,6] x, float[6,8] w_1, float[8] w_b1, float[8,6] w_2, float[6,6] w_3, float[6] w_b3) => (float[N,6] y)
{
   a = MatMul(x, w_1)
   h = Add(a, w_b1)
   s = MatMul(h, w_2)
   l = MatMul(x, w_3)
   b = Add(l, w_b3)
   y = Add(b, s)
}`
	in := halved(t, weighted(t, text))
	in.Feeds = feedsOf(in.Original, 10, 40, 1)
	m, _ := Lookup("bias")
	if _, err := m.Apply(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	want, have := outputs(t, in.Original, in.Feeds), outputs(t, in.Cut, in.Feeds)
	for c := range 6 {
		drift, spread := 0.0, 0.0
		for i := c; i < len(want); i += 6 {
			drift += want[i] - have[i]
			spread += (want[i] - have[i]) * (want[i] - have[i])
		}
		n := float64(len(want) / 6)
		if spread /= n; spread < 1e-3 || drift*drift/n/n > 1e-10*spread {
			t.Errorf("output %d: off by %g in the mean, by %g in the square", c, drift/n, spread)
		}
	}
}

// outputs is what m computes, all batches one after the other.
func outputs(t *testing.T, m *graph.Model, feeds []map[string]*graph.Tensor) (all []float64) {
	t.Helper()
	for _, f := range feeds {
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
