package recovery

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// With fewer samples than columns, any removed column is a combination of the others on the samples
// learnt from. A merge that chooses its regularisation on held-out samples does not believe it: its
// outputs on new samples are closer to the original's, and the error that it states is what they show.
func TestAMergeJudgedOnHeldOutSamplesIsNotFooled(t *testing.T) {
	in := halved(t, weighted(t, `<ir_version: 8, opset_import: ["": 13]>
net (float[N,40] x, float[40,60] w_1, float[60,8] w_2) => (float[N,8] y) { h = MatMul(x, w_1)  r = Relu(h)  y = MatMul(r, w_2) }`))
	feeds := feedsOf(in.Original, 1, 50, 3)
	var request statistics.Request
	for _, n := range in.Original.Graph.Nodes {
		if l := linear.Of(n); l != nil {
			request.Grams = append(request.Grams, l)
		}
	}
	known, err := statistics.Collect(t.Context(), in.Original, runtime.Observer{Threads: 1}, statistics.Inputs{
		Batches: func(yield func(map[string]*graph.Tensor, error) bool) { yield(feeds[0], nil) },
		Samples: 50, Threads: 1, Folds: Folds,
	}, request)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := Lookup("merge")
	fresh := feedsOf(in.Original, 1, 400, 99)
	errors := map[bool]float64{}
	for _, judged := range []bool{false, true} {
		is := in
		is.Cut, _ = in.Cut.Clone()
		is.Statistics = known
		if judged {
			is.Held = known.Held
		}
		repairs, err := m.Apply(t.Context(), is)
		if err != nil {
			t.Fatal(err)
		}
		errors[judged] = distance(t, in.Original, is.Cut, fresh)
		at := slices.IndexFunc(repairs, func(r Repair) bool { return r.Node == "y" })
		if judged && !(repairs[at].After > errors[judged]/2 && repairs[at].After < errors[judged]*2) {
			t.Errorf("states an error of %g, and %g is seen", repairs[at].After, errors[judged])
		}
		if !judged && repairs[at].After > errors[judged]/2 {
			t.Errorf("the case is too easy: %g is stated and %g seen", repairs[at].After, errors[judged])
		}
	}
	if !(errors[true] < errors[false]) {
		t.Errorf("on new samples: %g with held-out samples, %g without", errors[true], errors[false])
	}
}
