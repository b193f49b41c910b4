package recovery

import (
	"testing"

	"github.com/pollard-dev/pollard/passes/linear"
)

// planes is a convolution whose channels, of which half are twice others, are laid out as planes of 16 positions for a matrix.
const planes = `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,4,6,6] x, float[8,4,3,3] w_1, float[8] w_b1, float[128,5] w_2, float[5] w_b2) => (float[N,5] y)
{
   h = Conv(x, w_1, w_b1)
   f = Flatten(h)
   y = Gemm(f, w_2, w_b2)
}`

func redundant(t *testing.T) Input {
	t.Helper()
	m := weighted(t, planes)
	l := linear.Of(m.Graph.Nodes[0])
	weights, bias := l.Weights(), l.Bias()
	for c := range 4 {
		for k := range l.Cols {
			weights[c*l.Cols+k] = 2 * weights[(c+4)*l.Cols+k]
		}
		bias[c] = 2 * bias[c+4]
	}
	l.Write(weights, bias)
	return halved(t, m)
}

// 64 columns are not learnt from 12 samples, and not at all where a matrix is too wide to solve for. A map between channels,
// shared by the positions of the planes, is: channels that others can stand in for come back.
func TestAFitShortOfRowsStartsBehindAMapOfChannels(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns int
		mapping bool
	}{
		{"too few rows, no map", maxColumns, false}, {"too few rows", maxColumns, true},
		{"too wide, no map", 16, false}, {"too wide", 16, true},
	} {
		in := redundant(t)
		in.Feeds = feedsOf(in.Original, 3, 4, 1)
		fresh := feedsOf(in.Original, 1, 40, 2)
		before := distance(t, in.Original, in.Cut, fresh)
		repairs, err := walk(t.Context(), in, way{group: fit(fitRidge).group, columns: c.columns, mapping: c.mapping})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range repairs {
			if r.After > r.Before {
				t.Errorf("%s: %+v", c.name, r)
			}
		}
		after := distance(t, in.Original, in.Cut, fresh)
		t.Logf("%s: distance %.3g before, %.3g after", c.name, before, after)
		if c.mapping && after > 1e-4*before || !c.mapping && after < 1e-3*before {
			t.Errorf("%s: distance %g before, %g after", c.name, before, after)
		}
	}
}
