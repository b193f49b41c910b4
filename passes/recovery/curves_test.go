package recovery

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// uncut is a network of which nothing was removed, with the nodes that can be sparse.
func uncut(t *testing.T, text, pattern, criterion string, density float64) (Input, Sparse) {
	t.Helper()
	in := halved(t, weighted(t, text))
	in.Cut, _ = in.Original.Clone()
	in.Plan = &group.Plan{Kept: map[*group.Group][]int{}}
	in.Feeds = feedsOf(in.Original, 3, 20, 3)
	p, err := sparsity.Parse(pattern)
	if err != nil {
		t.Fatal(err)
	}
	c, err := sparsity.Lookup(criterion)
	if err != nil {
		t.Fatal(err)
	}
	s := Sparse{Pattern: p, Criterion: c, Density: map[string]float64{}}
	for _, n := range in.Cut.Graph.Nodes {
		if l, _ := sparsity.Of(n, p); l != nil {
			s.Density[n.Title()] = density
		}
	}
	return in, s
}

// Errors between densities at which the ratio is known go by the ratios on both sides, in the measure of their distance; before the
// first and behind the last by that one.
func TestRatiosAreCarriedToWhatLiesBetween(t *testing.T) {
	for _, c := range []struct{ known, want []float64 }{
		{[]float64{0, 0, 0}, []float64{1, 1, 1}},
		{[]float64{0, 2, 0}, []float64{2, 2, 2}},
		{[]float64{0, 2, 0, 4, 0, 0}, []float64{2, 2, 3, 4, 4, 4}},
		{[]float64{1, 0, 0, 0, 5}, []float64{1, 2, 3, 4, 5}},
		{[]float64{3, 5, 0}, []float64{3, 5, 5}},
		{[]float64{5, 0, 0}, []float64{5, 5, 5}},
		{[]float64{0, 0, 7}, []float64{7, 7, 7}},
		{[]float64{0, 4, 0, 0, 1}, []float64{4, 4, 3, 2, 1}},
	} {
		have := slices.Repeat([]float64{1}, len(c.known))
		scale(have, c.known)
		if apart(have, c.want) > 1e-12 {
			t.Errorf("%v: want %v, have %v", c.known, c.want, have)
		}
	}
}

// At densities where it is measured a curve says what the measurement did, of weights of that density that make up for those
// that go; between, and without measurements, the errors rise as densities fall. Nothing is changed.
func TestCurvesSayWhatWasMeasured(t *testing.T) {
	for _, name := range []string{"matrices", "residual"} {
		in, s := uncut(t, networks[name], "1x1", "obs", 0.5)
		before := weightsOf(in.Cut)
		densities, measured := []float64{1, 0.8, 0.6, 0.4, 0.2}, []bool{false, false, true, false, true}
		asked := map[string]int{}
		try := func(l *linear.Map, weights, bias []float64) (float64, error) {
			title := l.Node.Title()
			asked[title]++
			zero := 0
			for _, w := range weights {
				if w == 0 {
					zero++
				}
			}
			density := map[int]float64{1: 0.6, 2: 0.2}[asked[title]]
			if share := 1 - float64(zero)/float64(len(weights)); math.Abs(share-density) > 0.06 { // one weight of each output stays
				t.Errorf("%s: asked about a density of %g, want %g", title, share, density)
			}
			was := l.Weights()
			if len(weights) != len(was) || (bias == nil) != (l.Bias() == nil) {
				t.Errorf("%s: %d weights of %d", title, len(weights), len(was))
			}
			moved := 0
			for i, w := range weights {
				if w != 0 && w != was[i] {
					moved++
				}
			}
			if moved == 0 {
				t.Errorf("%s: nothing makes up for what goes", title)
			}
			return 10 * float64(asked[title]), nil
		}
		curves, err := Curves(t.Context(), in, s, densities, measured, try)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := Curves(t.Context(), in, s, densities, measured, nil)
		if err != nil {
			t.Fatal(err)
		}
		if apart(before, weightsOf(in.Cut)) != 0 {
			t.Errorf("%s: the network was changed", name)
		}
		if len(curves) != len(s.Density) || len(plain) != len(curves) {
			t.Errorf("%s: %d curves and %d, want %d", name, len(curves), len(plain), len(s.Density))
		}
		for title, c := range curves {
			l := linear.Of(nodeCalled(in.Cut, title))
			if c.Weights != len(l.Weights()) || !slices.Equal(c.Densities, densities) || len(c.Errors) != len(densities) {
				t.Errorf("%s, %s: %+v", name, title, c)
			}
			if c.Errors[0] != 0 || math.Abs(c.Errors[2]-10) > 1e-9 || math.Abs(c.Errors[4]-20) > 1e-9 {
				t.Errorf("%s, %s: errors of %v, measured were 10 and 20", name, title, c.Errors)
			}
			e := plain[title].Errors
			if e[0] != 0 || !slices.IsSorted(e) || !(e[4] > 0 && e[4] < 1) {
				t.Errorf("%s, %s: errors of %v at the node", name, title, e)
			}
			// What was measured is a ratio to these.
			at := []float64{0, e[1] * 10 / e[2], 10, e[3] * (10/e[2] + 20/e[4]) / 2, 20}
			if apart(c.Errors, at) > 1e-9 {
				t.Errorf("%s, %s: want %v, have %v", name, title, at, c.Errors)
			}
		}
		broken := errors.New("broken")
		if _, err := Curves(t.Context(), in, s, densities, measured, func(*linear.Map, []float64, []float64) (float64, error) { return 0, broken }); !errors.Is(err, broken) || !strings.Contains(err.Error(), "at density 0.6") {
			t.Errorf("%s: have %v", name, err)
		}
		for title := range s.Density { // only nodes that are asked about
			one := s
			one.Density = map[string]float64{title: 0.5}
			curves, err := Curves(t.Context(), in, one, densities, measured, nil)
			if err != nil || len(curves) != 1 || apart(curves[title].Errors, plain[title].Errors) > 1e-12 {
				t.Errorf("%s, %s: %v, %v", name, title, curves, err)
			}
			break
		}
	}
}

// The error that a curve states at the node, before anything is measured, is that of the weights that it would try: the energy of
// what changes in the node's results as a fraction of theirs, on the rows that are learnt from.
func TestACurveIsTheErrorOfTheWeightsThatItTries(t *testing.T) {
	in, s := uncut(t, networks["matrices"], "1x1", "obs", 0.5)
	feeds := in.Feeds
	in = halved(t, in.Original) // what was cut before is not the curve's affair
	in.Feeds = feeds
	densities, measured := []float64{1, 0.7, 0.4}, []bool{false, true, true}
	tried := map[string][][2][]float64{}
	_, err := Curves(t.Context(), in, s, densities, measured, func(l *linear.Map, weights, bias []float64) (float64, error) {
		tried[l.Node.Title()] = append(tried[l.Node.Title()], [2][]float64{slices.Clone(weights), slices.Clone(bias)})
		return 1, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Curves(t.Context(), in, s, densities, measured, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	eachProblem(t, in, way{columns: maxColumns, alone: true}, func(p *problem, g int, train, held rows) {
		title := p.Node.Title()
		x, want, have := flattened(t, p, g, train)
		for at, w := range tried[title] {
			energy, lost := 0.0, 0.0
			for i := range x {
				for j := range p.Outs {
					z := 0.0
					for c := range p.Cols {
						z += x[i][c] * w[0][(g*p.Outs+j)*p.Cols+c]
					}
					if p.bias != nil {
						z += w[1][g*p.Outs+j]
					}
					energy += want[i][j] * want[i][j]
					lost += (have[i][j] - z) * (have[i][j] - z)
				}
			}
			seen++
			if e := plain[title].Errors[at+1]; math.Abs(e-lost/energy) > 0.05*e+1e-4 {
				t.Errorf("%s at %g: want %g, have %g", title, densities[at+1], lost/energy, e)
			}
		}
	})
	if seen < 4 {
		t.Errorf("%d curves", seen)
	}
}

// The errors that Sparsify reports are those of the node before and after, and as many weights are zero as its density says;
// what is given no density is repaired, not thinned.
func TestSparsifyReportsTheNodesThatItThins(t *testing.T) {
	in, s := uncut(t, networks["matrices"], "1x1", "obs", 0.5)
	var dense string
	for title := range s.Density {
		dense = max(dense, title)
	}
	delete(s.Density, dense)
	repairs, err := Sparsify(t.Context(), in, s)
	if err != nil {
		t.Fatal(err)
	}
	if len(repairs) != len(s.Density) {
		t.Errorf("%d repairs, want %d", len(repairs), len(s.Density))
	}
	for _, r := range repairs {
		l, _ := sparsity.Of(nodeCalled(in.Cut, r.Node), s.Pattern)
		all, left := sparsity.Count(l)
		if !r.Taken || math.Abs(float64(left)-0.5*float64(all)) > 1 || !(r.After > 0 && r.After < 0.6) || r.Before < 0 {
			t.Errorf("%d of %d weights are left: %+v", left, all, r)
		}
	}
	l, _ := sparsity.Of(nodeCalled(in.Cut, dense), s.Pattern)
	if all, left := sparsity.Count(l); left != all {
		t.Errorf("%s keeps %d of %d", dense, left, all)
	}
}

// What a thinning works on: weights with their bias behind them, a change of them column by column, the equations of the weights
// themselves, and second moments once the mean is the bias's affair.
func TestThinningRestatesItsProblem(t *testing.T) {
	for _, text := range []string{networks["residual"], more["groups with a bias"]} {
		in, s := uncut(t, text, "1x1", "obs", 0.5)
		restated(t, in, s)
	}
}

func restated(t *testing.T, in Input, s Sparse) {
	t.Helper()
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
		f := &thinning{problem: p, Sparse: s, g: g, train: train, held: held, density: 0.5}
		m, err := p.moments(g, train)
		if err != nil {
			t.Fatal(err)
		}
		x, want, have := flattened(t, p, g, train)
		cols := p.Cols + p.ones()
		now := f.withBias(f.current())
		for i := range p.Outs {
			for c := range cols {
				w := 0.0
				if c < p.Cols {
					w = p.weights[(g*p.Outs+i)*p.Cols+c]
				} else {
					w = p.bias[g*p.Outs+i]
				}
				if now[i*cols+c] != w {
					t.Fatalf("%s: weight %d of output %d is %g, want %g", p.Node.Title(), c, i, now[i*cols+c], w)
				}
			}
		}
		to := slices.Clone(now)
		for i := range to {
			to[i] += float64(i)
		}
		d := f.moved(to)
		for i := range p.Outs {
			for c := range cols {
				if math.Abs(d[c*p.Outs+i]-float64(i*cols+c)) > 1e-9 {
					t.Fatalf("%s: column %d of output %d moves by %g", p.Node.Title(), c, i, d[c*p.Outs+i])
				}
			}
		}
		if f.moved(nil) != nil {
			t.Error("nothing moves")
		}
		// What is thinned is the best fit that keeps all.
		b, err := p.moments(g, held)
		if err != nil {
			t.Fatal(err)
		}
		whole := m.merged(b)
		target := f.target(m, b, whole)
		if best := fitRidge(m, b); best != nil {
			d := best(whole)
			for i := range p.Outs {
				for c := range p.Cols {
					if w := f.current()[i*p.Cols+c] + d[c*p.Outs+i]; math.Abs(target[i*p.Cols+c]-w) > 1e-12*(1+math.Abs(w)) {
						t.Fatalf("%s: the target of weight %d of output %d is %g, want %g", p.Node.Title(), c, i, target[i*p.Cols+c], w)
					}
				}
			}
		} else if !slices.Equal(target, f.current()) {
			t.Errorf("%s: a target without a fit", p.Node.Title())
		}
		// For weights the right-hand side is x^T of what they are to give: what is wanted but for the stream.
		e := f.equations(m)
		h := f.hessian(m)
		if e.Cols != cols || e.Bias != (p.bias != nil) {
			t.Errorf("%s: %d columns, bias %v", p.Node.Title(), e.Cols, e.Bias)
		}
		mean := make([]float64, cols)
		for i := range x {
			for c, v := range x[i] {
				mean[c] += v / float64(len(x))
			}
		}
		for c := range cols {
			for j := range p.Outs {
				sum, size := 0.0, 0.0
				for i := range x {
					target := want[i][j] - have[i][j]
					for k, v := range x[i] {
						target += v * now[j*cols+k]
					}
					sum += x[i][c] * target
					size += math.Abs(x[i][c] * target)
				}
				if math.Abs(e.Cross[c*p.Outs+j]-sum) > 1e-4*size {
					t.Fatalf("%s: the right-hand side is %g, want %g", p.Node.Title(), e.Cross[c*p.Outs+j], sum)
				}
			}
		}
		for a := range p.Cols {
			for b := range p.Cols {
				sum, size := 0.0, 0.0
				for i := range x {
					u, v := x[i][a], x[i][b]
					if p.bias != nil {
						u, v = u-mean[a], v-mean[b]
					}
					sum += u * v
					size += u*u + v*v
				}
				if math.Abs(h[a*p.Cols+b]-sum) > 1e-6*size {
					t.Fatalf("%s: the second moment of %d and %d is %g, want %g", p.Node.Title(), a, b, h[a*p.Cols+b], sum)
				}
			}
		}
	})
}
