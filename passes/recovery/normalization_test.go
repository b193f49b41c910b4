package recovery

import (
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
)

// Where the width that a LayerNormalization runs over is cut, scale and shift of each position that is left become
// those of the regression of the original's output on what the cut network normalises; so do those at the end
// of one that was exported in pieces.
func TestNormsOverACutWidthAreRegressedOnTheOriginal(t *testing.T) {
	was := strengths
	strengths = []float64{1e-12}
	defer func() { strengths = was }()
	// Its output is no floating-point number, so that nothing is undone for what two nodes alone do to it.
	text := strings.NewReplacer("float[N,6,3] y", "int64[N,6,3] y", "y = MatMul(q, w_3)", "z = MatMul(q, w_3)\n   y = Cast<to = 7>(z)").Replace(networks["normalised"])
	in := halved(t, weighted(t, text))
	in.Feeds = feedsOf(in.Original, 2, 40, 4)
	repairs, err := walk(t.Context(), in, way{columns: maxColumns, group: func(p *problem, g int, train, held rows) outcome {
		if p.Cols != 1 {
			return outcome{} // the cut is all that changes what is normalised
		}
		p.bounds = nil // plain least squares has a closed form, that behind an activation has none
		return fit(fitRidge).group(p, g, train, held)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, output := range map[string]string{"l": "l", "m": "c"} {
		if !slices.ContainsFunc(repairs, func(r Repair) bool { return r.Node == name && r.Taken && r.After < r.Before }) {
			t.Fatalf("%s is not repaired: %+v", name, repairs)
		}
		n, o := nodeCalled(in.Cut, name), nodeCalled(in.Original, name)
		l := linear.Of(n)
		x, y := contents(t, in, in.Cut, n.In(l.Operand).Name), contents(t, in, in.Original, output)
		kept := in.Analysis.Kept(in.Plan, o.Out(0), l.Out)
		scale, shift := make([]float64, l.Groups), make([]float64, l.Groups)
		var seen []float64
		for _, b := range x {
			s, err := l.Seen(b)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, linear.Floats(s)...)
		}
		var wanted []float64
		for _, b := range y {
			wanted = append(wanted, linear.Floats(b)...)
		}
		rows := len(seen) / l.Groups
		full := len(wanted) / rows
		for c := range l.Groups {
			a, b := mat.NewDense(rows, 2, nil), mat.NewDense(rows, 1, nil)
			for r := range rows {
				a.Set(r, 0, seen[r*l.Groups+c])
				a.Set(r, 1, 1)
				b.Set(r, 0, wanted[r*full+kept[c]])
			}
			var d mat.Dense
			if err := d.Solve(a, b); err != nil {
				t.Fatal(err)
			}
			scale[c], shift[c] = d.At(0, 0), d.At(1, 0)
		}
		agree := 0
		for c := range l.Groups { // a position whose fit to all rows is no better on those held out keeps that to fewer
			if max(apart(l.Weights()[c:c+1], scale[c:c+1]), apart(l.Bias()[c:c+1], shift[c:c+1])) < 1e-4 {
				agree++
			}
		}
		if agree == 0 || agree < l.Groups/2 {
			t.Errorf("%s: %d of %d positions are the regression's: %v and %v, want %v and %v", name, agree, l.Groups, l.Weights(), l.Bias(), scale, shift)
		}
	}
}

// contents is a value by batch.
func contents(t *testing.T, in Input, m *graph.Model, value string) []*graph.Tensor {
	t.Helper()
	n := newNetwork(m, in.Stepper)
	if err := n.feed(t.Context(), in.Feeds, in.Feeds.Len()); err != nil {
		t.Fatal(err)
	}
	v := m.Graph.Value(value)
	for !n.has(v) {
		if err := n.advance(t.Context(), n.next+1); err != nil {
			t.Fatal(err)
		}
	}
	var all []*graph.Tensor
	for b := range n.live {
		all = append(all, n.at(v, b))
	}
	return all
}

// Whatever a method changes in a node lowers the error there on rows held out, judged once more with all that it chose.
func TestNoNodeIsWorseOnRowsHeldOut(t *testing.T) {
	for name, text := range networks {
		for method, how := range map[string]way{
			"bias": {group: fitBias.group}, "leastsquares": {group: fit(fitRidge).group, columns: maxColumns},
			"merge": {group: mergeGroup, columns: maxColumns}, "variance": {group: matchVariance, columns: maxColumns, alone: true},
		} {
			group := how.group
			how.group = func(p *problem, g int, train, held rows) outcome {
				o := group(p, g, train, held)
				if o.change == nil {
					return o
				}
				_, before, err := p.judge(g, held, nil)
				if err != nil {
					t.Error(err)
				}
				_, after, err := p.judge(g, held, o.change)
				if err != nil || !(after < before) {
					t.Errorf("%s, %s, %s: %g before, %g after (%v)", name, method, p.Node.Title(), before, after, err)
				}
				return o
			}
			in := halved(t, weighted(t, text))
			in.Feeds = feedsOf(in.Original, 3, 20, 6)
			if _, err := walk(t.Context(), in, how); err != nil {
				t.Fatal(err)
			}
		}
	}
}
