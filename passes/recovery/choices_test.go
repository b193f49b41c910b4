package recovery

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Errors are fractions: inputs, and with them all that a network without biases computes, may be a million times smaller and
// every method still does and says the same.
func TestErrorsDoNotDependOnTheScaleOfTheInputs(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,6] x, float[6,10] w_1, float[10,8] w_2, float[8,6] w_3, float[6,4] w_4) => (float[N,4] y)
{
   a = MatMul(x, w_1)
   b = Relu(a)
   c = MatMul(b, w_2)
   d = Relu(c)
   e = MatMul(d, w_3)
   f = Add(e, x)
   y = MatMul(f, w_4)
}`
	scaled := func(in Input, by float64) Input {
		in.Cut, _ = in.Cut.Clone()
		in.Feeds = feedsOf(in.Original, 3, 20, 1)
		for _, f := range in.Feeds {
			x := linear.Floats(f["x"])
			for i := range x {
				x[i] *= by
			}
			f["x"] = constant(x, f["x"].Shape()...)
		}
		return in
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-4*(math.Abs(a)+math.Abs(b)) }
	in := halved(t, weighted(t, text))
	for _, m := range All() {
		var was []Repair
		for _, by := range []float64{1, 1.0 / (1 << 20)} {
			repairs, err := m.Apply(t.Context(), scaled(in, by))
			if err != nil {
				t.Fatal(err)
			}
			if was == nil {
				was = repairs
			}
			if !slices.EqualFunc(was, repairs, func(a, b Repair) bool {
				return a.Node == b.Node && a.Taken == b.Taken && near(a.Before, b.Before) && near(a.After, b.After)
			}) {
				t.Errorf("%s: %+v, times %g %+v", m.Name, was, by, repairs)
			}
		}
	}
	var merged []Repair
	for _, by := range []float64{1, 1.0 / (1 << 20)} {
		known := scaled(in, by)
		known.Statistics, known.Feeds = collected(t, known), nil
		m, _ := Lookup("merge")
		repairs, err := m.Apply(t.Context(), known)
		if err != nil {
			t.Fatal(err)
		}
		if merged == nil {
			merged = repairs
		}
		if len(repairs) == 0 || !slices.EqualFunc(merged, repairs, func(a, b Repair) bool {
			return a.Node == b.Node && a.Taken == b.Taken && near(a.Before, b.Before) && near(a.After, b.After)
		}) {
			t.Errorf("merge from statistics: %+v, times %g %+v", merged, by, repairs)
		}
	}
	whole, s := uncut(t, text, "1x1", "obs", 0.5)
	var curve, thinned []float64
	for _, by := range []float64{1, 1.0 / (1 << 20)} {
		in := scaled(whole, by)
		curves, err := Curves(t.Context(), in, s, []float64{1, 0.7, 0.4}, make([]bool, 3), nil)
		if err != nil {
			t.Fatal(err)
		}
		repairs, err := Sparsify(t.Context(), in, s)
		if err != nil {
			t.Fatal(err)
		}
		var errors, after []float64
		for _, r := range repairs {
			errors = append(errors, curves[r.Node].Errors[1:]...)
			after = append(after, r.After)
		}
		if curve == nil {
			curve, thinned = errors, after
		}
		if len(errors) == 0 || !slices.EqualFunc(curve, errors, near) || !slices.EqualFunc(thinned, after, near) {
			t.Errorf("times %g: curves %v and %v, errors %v and %v", by, curve, errors, thinned, after)
		}
	}
}

// A merge does nothing if the kept columns cannot predict the removed ones. It is reported as not taken and the node stays as it
// is, however small the numbers are.
func TestAMergeFromStatisticsThatDoesNotHelpChangesNothing(t *testing.T) {
	for _, size := range []float64{1, 1e-9} {
		m := weighted(t, `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,6] x, float[6,8] w_1, float[8,4] w_2) => (float[N,4] y) { h = MatMul(x, w_1)  y = Gemm(h, w_2) }`)
		w := linear.Floats(m.Graph.Nodes[0].In(1).Const)
		for i := range w {
			if w[i] *= size; i%8 >= 4 { // the units that stay
				w[i] = 0
			}
		}
		m.Graph.SetConst(m.Graph.Nodes[0].In(1), constant(w, 6, 8))
		in := halved(t, m)
		in.Feeds = feedsOf(m, 2, 20, 1)
		in.Statistics, in.Feeds = collected(t, in), nil
		was, _ := in.Cut.Clone()
		merge, _ := Lookup("merge")
		repairs, err := merge.Apply(t.Context(), in)
		if err != nil || len(repairs) != 1 {
			t.Fatalf("size %g: %+v, %v", size, repairs, err)
		}
		if r := repairs[0]; r.Node != "y" || r.Taken || math.Abs(r.Before-1) > 1e-6 || r.After != r.Before {
			t.Errorf("size %g: all is gone: %+v", size, r)
		}
		if d := graph.Diff(was, in.Cut); d != nil {
			t.Errorf("size %g: %v", size, d)
		}
	}
}

// A refinement goes on if its first fit is no better than no change. After that, the first fit that is no better ends it.
func TestARefinementGoesOnBehindAFirstFitThatIsWorse(t *testing.T) {
	in := halved(t, weighted(t, networks["residual"]))
	in.Feeds = feedsOf(in.Original, 3, 10, 1)
	seen := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
		a, b := outcomeMoments(t, p, g, train), outcomeMoments(t, p, g, held)
		f := fitRidge(a, b)
		if p.bounds == nil || f == nil {
			return
		}
		good := f(a)
		x, want, have := flattened(t, p, g, held)
		_, before := slowError(p, x, want, have, nil)
		_, after := slowError(p, x, want, have, good)
		if !(after < before) {
			return
		}
		seen++
		worse, half := slices.Repeat([]float64{50}, len(good)), slices.Clone(good)
		for i := range half {
			half[i] *= 0.9
		}
		_, halfway := slowError(p, x, want, have, half)
		for _, c := range []struct {
			name  string
			fits  [][]float64 // of each round; the last one again and again
			want  []float64
			after float64
		}{
			{"worse, then good", [][]float64{worse, good, worse}, good, after},
			{"good, then worse, then never seen", [][]float64{good, worse, half, half}, good, after},
			{"worse twice", [][]float64{worse, worse, good}, nil, before},
			{"no number", [][]float64{good, {math.NaN()}, half}, good, after},
			{"nothing", [][]float64{nil}, nil, before},
			{"the one of all rows is as good", [][]float64{good, worse, good}, good, after},
			{"twice as good is no better", [][]float64{half, half, worse}, half, halfway},
		} {
			calls := 0
			r := refinement{p, g, train, held, func(*moments) []float64 {
				calls++
				return slices.Clone(c.fits[min(calls, len(c.fits))-1])
			}}
			o := r.solve(a, a.merged(b))
			if o.err != nil || math.Abs(o.after-c.after) > 1e-6*before || (o.change == nil) != (c.want == nil) {
				t.Errorf("%s, %s: want %g, have %g of %g (%v)", p.Node.Title(), c.name, c.after, o.after, before, o.err)
			}
			if _, e := slowError(p, x, want, have, o.change); c.want != nil && e > c.after*(1+1e-6) {
				t.Errorf("%s, %s: %g, not %g", p.Node.Title(), c.name, e, c.after)
			}
		}
	})
	if seen < 2 {
		t.Errorf("%d nodes", seen)
	}
}

// If the equations cannot be solved, the removed weights are zero and the others stay as they are.
func TestWeightsThatCannotBeSolvedForStayUnderTheMask(t *testing.T) {
	for _, text := range []string{networks["depthwise and grouped"], more["groups with a bias"]} {
		in, s := uncut(t, text, "1x1", "magnitude", 0.5)
		seen := 0
		eachProblem(t, in, way{columns: maxColumns, alone: true}, func(p *problem, g int, train, held rows) {
			if p.Cols < 4 {
				return
			}
			seen++
			f := &thinning{problem: p, Sparse: s, g: g, train: train, held: held, density: 0.5}
			a, b := outcomeMoments(t, p, g, train), outcomeMoments(t, p, g, held)
			mask, err := s.Criterion.Choose(f.matrix(f.current(), a), s.Pattern, 0.5, 1)
			if err != nil {
				t.Fatal(err)
			}
			masked := slices.Clone(f.current())
			mask.Apply(masked)
			unsolvable := *a
			unsolvable.gram = slices.Repeat([]float64{math.NaN()}, len(a.gram))
			after := func(o outcome) []float64 {
				weights, bias := slices.Clone(p.weights), slices.Clone(p.bias)
				p.change(weights, bias, g, o.change)
				if p.bias != nil && apart(bias, p.bias) > 1e-12 {
					t.Errorf("%s: the bias moves", p.Node.Title())
				}
				return weights[g*p.Outs*p.Cols:][:p.Outs*p.Cols]
			}
			endless := *a // these can be solved, but not by numbers
			endless.cross = slices.Repeat([]float64{math.NaN()}, len(a.cross))
			for _, m := range []*moments{&unsolvable, &endless} {
				o := f.answer(mask, m, b, m)
				if o.err != nil || !finite(o.change) || apart(after(o), masked) > 1e-12 || o.after != b.error(o.change) {
					t.Errorf("%s, group %d: the answer is not what is left", p.Node.Title(), g)
				}
			}
			if p.bounds == nil {
				if o := f.answer(mask, a, b, &endless); !finite(o.change) {
					t.Errorf("%s, group %d: an answer of no numbers", p.Node.Title(), g)
				}
				// What was learnt without the rows held out stands where all rows give no numbers.
				alone, both := f.answer(mask, a, b, a), f.answer(mask, a, b, &unsolvable)
				if !finite(both.change) || !nearly(alone.change, both.change) {
					t.Errorf("%s, group %d: what was learnt is lost", p.Node.Title(), g)
				}
			}
			trials := make([]*trial, p.Groups)
			for k := range trials {
				f := &thinning{problem: p, Sparse: s, g: k, train: train.anew()}
				if trials[k], err = newTrial(f); err != nil {
					t.Fatal(err)
				}
			}
			weights, bias := p.weightsAt(trials, 0.5)
			trials[g].equations.Gram = unsolvable.gram
			left, same := p.weightsAt(trials, 0.5)
			for k := range trials {
				at, n := k*p.Outs*p.Cols, p.Outs*p.Cols
				want := slices.Clone(weights[at:][:n])
				if k == g {
					want = slices.Clone(p.weights[at:][:n])
					trials[k].ranking.Mask(0.5).Apply(want)
				}
				if !slices.Equal(left[at:][:n], want) {
					t.Errorf("%s: group %d of %d, where %d has no solution", p.Node.Title(), k, p.Groups, g)
				}
				if p.bias == nil {
					continue
				}
				stays := bias[k*p.Outs:][:p.Outs]
				if k == g {
					stays = p.bias[k*p.Outs:][:p.Outs]
				}
				if !slices.Equal(same[k*p.Outs:][:p.Outs], stays) {
					t.Errorf("%s: the bias of group %d moves", p.Node.Title(), k)
				}
			}
		})
		if seen < 2 {
			t.Errorf("%d groups", seen)
		}
	}
}

// Moments of channels are of the rows that are drawn: of each batch its share of those that are looked at, every one read at the
// same place in both networks, planes and kernels alike.
func TestMomentsOfChannelsAreOfTheRowsThatAreDrawn(t *testing.T) {
	was := statistics.RepairSampling
	defer func() { statistics.RepairSampling = was }()
	seen := map[string]int{}
	for name, text := range map[string]string{"planes": planes, "residual": networks["residual"]} {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 3, 4, 1)
		eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
			o := p.full
			run := p.run(o)
			from, to := p.Cols/p.Taps/run, o.Cols/o.Taps/run
			kept := p.keptChannels(o.X(), o.In, to, run)
			for _, most := range []int{1 << 20, 60, 31} {
				statistics.RepairSampling = statistics.Sampling{PerColumn: 1, Fewest: most, Most: most}
				train, held, err := p.channelMoments("label", kept, run, from, to)
				if err != nil || train == nil {
					t.Fatal(err)
				}
				want := [2]*moments{newMoments(from+1, to), newMoments(from+1, to)}
				for b := range in.Feeds {
					x, y := p.cut.at(p.X(), b), p.original.at(o.X(), b)
					places := x.Len() / x.Shape()[0] / from // of a sample
					u, v := linear.Floats(x), linear.Floats(y)
					for _, row := range newSampler(p.Seed, "label channels").draw(b, 4*places, min(4*places, most/3)) {
						sample, place := row/places, row%places
						a, r := make([]float64, from+1), make([]float64, to)
						for c := range from {
							a[c] = u[(sample*from+c)*places+place]
						}
						a[from] = 1
						for c := range to {
							r[c] = v[(sample*to+c)*places+place]
						}
						for i, c := range kept {
							r[c] -= a[i]
						}
						m := want[0]
						if (4*b+sample)%5 == 4 {
							m = want[1]
						}
						m.add(rounded(a), rounded(r), 1, 1)
					}
				}
				for i, have := range []*moments{train, held} {
					if w := want[i]; have.rows != w.rows || !nearly(upper(have), upper(w)) || apart(have.cross, w.cross) > 1e-6*(1+norm(w.cross)) || math.Abs(have.square-w.square) > 1e-6*(1+w.square) {
						t.Errorf("%s, %s, at most %d: %d rows, want %d", name, p.Node.Title(), most, have.rows, w.rows)
					}
				}
				seen[name]++
			}
			// There are no moments if the inputs differ in more than their channels.
			if train, held, err := p.channelMoments("label", kept, run, from, 2*to); train != nil || held != nil || err != nil {
				t.Errorf("%s: moments of channels that are not there (%v)", p.Node.Title(), err)
			}
		})
	}
	if seen["planes"] < 3 || seen["residual"] < 6 {
		t.Errorf("%v", seen)
	}
}

// There is a map of channels for a node of one group whose input both networks have at hand in float32, and that has a kernel or
// a plane behind each channel, or is too wide to solve for.
func TestWhereThereIsAMapOfChannels(t *testing.T) {
	in := redundant(t)
	in.Feeds = feedsOf(in.Original, 3, 5, 1)
	seen := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
		if p.Node.Op != "Gemm" {
			return
		}
		seen++
		mapped := func(name string, want bool, change func(p *problem, own, full *linear.Map, original, cut map[*graph.Value]*graph.Tensor)) {
			q, own, full := *p, linear.Of(p.Node), linear.Of(p.counterpart)
			q.Map, q.full = own, full
			x, y := p.original.live[0], p.cut.live[0]
			u, v := x[full.X()], y[own.X()]
			change(&q, own, full, x, y)
			weights, bias, err := q.mapped("label")
			x[p.full.X()], y[p.Map.X()] = u, v
			if (weights != nil) != want || (bias != nil) != want || err != nil {
				t.Errorf("%s: %d weights, %d biases, %v", name, len(weights), len(bias), err)
			}
		}
		type values = map[*graph.Value]*graph.Tensor
		double := func(x *graph.Tensor) *graph.Tensor { return graph.NewTensor(graph.Float64, x.Shape()...) }
		mapped("as it is", true, func(*problem, *linear.Map, *linear.Map, values, values) {})
		mapped("too wide", true, func(p *problem, _, _ *linear.Map, _, _ values) { p.whole = false })
		mapped("groups", false, func(_ *problem, _, full *linear.Map, _, _ values) { full.Groups = 2 })
		mapped("the other operand in the original", false, func(_ *problem, _, full *linear.Map, _, _ values) { full.Operand = 1 })
		mapped("the other operand", false, func(_ *problem, own, _ *linear.Map, _, _ values) { own.Operand = 1 })
		mapped("not at hand", false, func(_ *problem, _, full *linear.Map, x, _ values) { delete(x, full.X()) })
		mapped("float64 in the original", false, func(_ *problem, _, full *linear.Map, x, _ values) { x[full.X()] = double(x[full.X()]) })
		mapped("float64", false, func(_ *problem, own, _ *linear.Map, _, y values) { y[own.X()] = double(y[own.X()]) })

		// It is adopted where the rows are few, in a method that asks for one, and what cannot be judged is an error.
		adopt := func(name string, want, fails bool, change func(p *problem, w *walker, held *rows)) {
			q, w, h := *p, *p.walker, held.anew()
			w.mapping = true
			q.walker = &w
			change(&q, &w, &h)
			x, y, z := flattened(t, p, g, held)
			_, now := slowError(p, x, y, z, nil)
			before, adopted, err := q.adopt("label", train, h)
			if adopted != want || (err != nil) != fails || want && math.Abs(before-now) > 1e-9*now || !want && before != 0 {
				t.Errorf("%s: adopted %v, before %g, want %g (%v)", name, adopted, before, now, err)
			}
			if moved := apart(q.weights, p.weights) > 0 || apart(q.bias, p.bias) > 0; moved != want {
				t.Errorf("%s: the weights are others: %v", name, moved)
			}
		}
		adopt("as it is", true, false, func(*problem, *walker, *rows) {})
		adopt("not asked for", false, false, func(_ *problem, w *walker, _ *rows) { w.mapping = false })
		adopt("rows that cannot be read", false, true, func(p *problem, _ *walker, _ *rows) {
			p.operands = slices.Clone(p.operands)
			for b := range p.operands {
				p.operands[b] = texts(p.operands[b])
			}
		})
		adopt("no rows to judge it on", false, false, func(_ *problem, _ *walker, h *rows) { *h = newRows(3, 1) })
		adopt("groups", false, false, func(p *problem, _ *walker, _ *rows) {
			p.Map = linear.Of(p.Node)
			p.Groups = 2
		})
		// Of 16 rows for each column all columns can be learnt.
		few, enough := newRows(1, 1), newRows(1, 1)
		few.of[0], enough.of[0] = upTo(starved*p.Cols-1), upTo(starved*p.Cols)
		for _, c := range []struct {
			of          rows
			whole, want bool
		}{{few, true, true}, {enough, true, false}, {enough, false, true}} {
			q, w := *p, *p.walker
			w.mapping, q.walker, q.whole = true, &w, c.whole
			if _, adopted, err := q.adopt("label", c.of, held.anew()); adopted != c.want || err != nil {
				t.Errorf("%d rows, whole %v: adopted %v, %v", count(c.of.of), c.whole, adopted, err)
			}
		}
	})
	if seen != 1 {
		t.Errorf("%d nodes", seen)
	}
}

// The weights behind a map of channels are the original's behind the fit of its channels to those that are left, kernels and
// planes alike.
func TestMappedWeightsAreThoseBehindTheFitOfTheChannels(t *testing.T) {
	for name, text := range map[string]string{"planes": planes, "residual": networks["residual"]} {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 3, 6, 1)
		seen := 0
		eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
			o := p.full
			run := p.run(o)
			from, to := p.Cols/(p.Taps*run), o.Cols/(o.Taps*run)
			kept := in.Analysis.Kept(in.Plan, o.X(), o.In)
			var channels []int
			for c := range to {
				if kept == nil || slices.Contains(kept, c*run) {
					channels = append(channels, c)
				}
			}
			weights, bias, err := p.mapped("label")
			if err != nil {
				t.Fatal(err)
			}
			train, held, err := p.channelMoments("label", channels, run, from, to)
			if err != nil {
				t.Fatal(err)
			}
			f := fitRidge(train, held)
			if f == nil {
				if weights != nil {
					t.Errorf("%s, %s: a map of no fit", name, p.Node.Title())
				}
				return
			}
			seen++
			d := f(train.merged(held))
			for at, c := range channels {
				d[at*to+c]++
			}
			if w, b := p.through(o, d, run, from, to); !nearly(weights, w) || !nearly(bias, b) {
				t.Errorf("%s, %s: off by %g", name, p.Node.Title(), apart(weights, w))
			}
		})
		if seen == 0 {
			t.Errorf("%s: nothing is mapped", name)
		}
	}
}

// The error that a start is judged by is measured behind the activation if there is one.
func TestAStartIsJudgedBehindTheActivation(t *testing.T) {
	in := halved(t, weighted(t, networks["residual"]))
	in.Feeds = feedsOf(in.Original, 2, 8, 1)
	bent := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, _ rows) {
		x, want, have := flattened(t, p, g, train)
		_, e := slowError(p, x, want, have, nil)
		if p.bounds != nil {
			bent++
		}
		if e2, err := p.errorAt(train); err != nil || math.Abs(e-e2) > 1e-9*e {
			t.Errorf("%s: want %g, have %g (%v)", p.Node.Title(), e, e2, err)
		}
	})
	if bent == 0 {
		t.Error("no activation")
	}
}
