package saliency

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// A unit of a stack of recurrences is worth what it brings to the gates that read it: those of its own next step,
// and those of the stage behind.
func TestOBSOfRecurrencesIsTheEnergyOfTheGates(t *testing.T) {
	in := weighed(t, `<ir_version: 8, opset_import: ["" : 17]>
		stack (float[5,N,3] x, float[1,12,3] w_1, float[1,12,4] r_1, float[1,6,4] w_2, float[1,6,6] r_2, float[6,2] w_3) => (float[5,1,N,2] y)
		<int64[1] one = {1}>
		{ h = GRU<hidden_size = 4>(x, w_1, r_1)  s = Squeeze(h, one)  k = RNN<hidden_size = 6>(s, w_2, r_2)  y = MatMul(k, w_3) }`)
	feeds := map[string]*graph.Tensor{"x": drawn(rand.New(rand.NewPCG(8, 8)), 5, 7, 3)}
	in = collect(t, in, "obs", feeds)
	in.Normalization = "none"
	if len(in.Analysis.Groups) != 2 {
		t.Fatalf("groups: %+v", in.Analysis.Groups)
	}
	// square is the sum of the squared weights that read position c, times the mean square there.
	square := func(weights, read string, c, columns int) float64 {
		sum, mean := 0.0, 0.0
		for i, w := range graph.Data[float32](in.Model.Graph.Value(weights).Const) {
			if i%columns == c {
				sum += float64(w) * float64(w)
			}
		}
		x := feeds[read]
		if x == nil {
			x = valueOf(t, in, feeds, in.Model.Graph.Value(read))
		}
		for i, v := range graph.Data[float32](x) {
			if i%columns == c {
				mean += float64(v) * float64(v) * float64(columns) / float64(x.Len())
			}
		}
		return sum * mean
	}
	var own, behind []float64
	ownTotal, behindTotal := 0.0, 0.0
	for c := range 3 {
		ownTotal += square("w_1", "x", c, 3)
	}
	for c := range 4 {
		own, behind = append(own, square("r_1", "h", c, 4)), append(behind, square("w_2", "s", c, 4))
		ownTotal, behindTotal = ownTotal+own[c], behindTotal+behind[c]
	}
	for c := range 6 {
		behindTotal += square("r_2", "k", c, 6)
	}
	have, err := scoreOBS(t.Context(), in, in.Analysis.Groups[0])
	if err != nil {
		t.Fatal(err)
	}
	for u := range 4 {
		want := own[u]/ownTotal + behind[u]/behindTotal
		if math.Abs(have[u]-want) > 1e-5 {
			t.Errorf("unit %d: want %g, have %g", u, want, have[u])
		}
	}
}
