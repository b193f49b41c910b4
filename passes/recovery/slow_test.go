package recovery

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// rowsAsMoments adds up rows one by one, with these targets instead of what is wanted where there are some.
func rowsAsMoments(p *problem, x, want, have [][]float64) *moments {
	m := newMoments(len(x[0]), p.Outs)
	for i := range x {
		r := make([]float64, p.Outs)
		for j := range r {
			r[j] = want[i][j] - have[i][j]
			m.energy += want[i][j] * want[i][j]
		}
		m.add(rounded(x[i]), rounded(r), 1, 1)
	}
	return m
}

// pulledTargets are the targets that follow what a change predicts, row by row.
func pulledTargets(p *problem, x, want, have [][]float64, d []float64) [][]float64 {
	out := make([][]float64, len(x))
	for i := range x {
		out[i] = make([]float64, p.Outs)
		for j, t := range want[i] {
			z := have[i][j]
			for c, v := range x[i] {
				z += v * d[c*p.Outs+j]
			}
			if t <= p.bounds.low {
				t = math.Min(z, p.bounds.low)
			} else if t >= p.bounds.high {
				t = math.Max(z, p.bounds.high)
			}
			out[i][j] = t
		}
	}
	return out
}

// slowRefinement is a fit behind an activation, with all rows at hand: as long as the rows held out get better, the targets follow
// the prediction; one round more learns from all rows and is taken where it is as good.
func slowRefinement(p *problem, f fitted, train, held [3][][]float64) (change []float64, after float64) {
	both := [3][][]float64{}
	for k := range both {
		both[k] = slices.Concat(train[k], held[k])
	}
	_, after = slowError(p, held[0], held[1], held[2], nil)
	learnt := f(rowsAsMoments(p, train[0], train[1], train[2]))
	var all []float64
	for round := range rounds + 1 {
		_, e := slowError(p, held[0], held[1], held[2], learnt)
		better := e < after
		if better {
			change, after = learnt, e
			all = f(rowsAsMoments(p, both[0], pulledTargets(p, both[0], both[1], both[2], learnt), both[2]))
		}
		if round > 0 && !better {
			break
		}
		learnt = f(rowsAsMoments(p, train[0], pulledTargets(p, train[0], train[1], train[2], learnt), train[2]))
	}
	if change != nil {
		if _, e := slowError(p, held[0], held[1], held[2], all); e <= after {
			change = all
		}
	}
	return change, after
}

// nearly reports whether two changes are the same but for rounding.
func nearly(a, b []float64) bool {
	return len(a) == len(b) && apart(a, b) <= 5e-6*(norm(a)+norm(b))
}

func TestRefinementIsTheSlowOne(t *testing.T) {
	seen, taken := 0, 0
	for _, table := range []map[string]string{networks, more} {
		for name, text := range table {
			in := halved(t, weighted(t, text))
			in.Feeds = feedsOf(in.Original, 4, 15, 1)
			eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
				if p.bounds == nil {
					return
				}
				var tr, he [3][][]float64
				tr[0], tr[1], tr[2] = flattened(t, p, g, train)
				he[0], he[1], he[2] = flattened(t, p, g, held)
				a, b := rowsAsMoments(p, tr[0], tr[1], tr[2]), rowsAsMoments(p, he[0], he[1], he[2])
				f := fitRidge(a, b)
				if f == nil || a.square <= drifted*a.energy {
					return
				}
				o := fit(fitRidge).group(p, g, train, held)
				want, after := slowRefinement(p, f, tr, he)
				seen++
				if o.err != nil || math.Abs(o.after-after) > 1e-6*after {
					t.Errorf("%s, %s: the error goes to %g, want %g (%v)", name, p.Node.Title(), o.after, after, o.err)
				}
				if (o.change == nil) != (want == nil) || want != nil && !nearly(o.change, want) {
					t.Errorf("%s, %s: the changes are apart by %g of %g", name, p.Node.Title(), apart(o.change, want), norm(want))
				}
				if want != nil {
					taken++
				}
			})
		}
	}
	if seen < 6 || taken < 4 {
		t.Errorf("%d fits, %d taken", seen, taken)
	}
}

// Variances are matched output by output, on the rows to learn from, then on all where that is no worse on those held out.
func TestMatchingOfVariancesIsTheSlowOne(t *testing.T) {
	taken := 0
	for name, text := range networks {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 4, 15, 1)
		eachProblem(t, in, way{columns: math.MaxInt, alone: true}, func(p *problem, g int, train, held rows) {
			_, want, have := flattened(t, p, g, train)
			_, want2, have2 := flattened(t, p, g, held)
			o := matchVariance(p, g, train, held)
			if o.err != nil {
				t.Fatal(o.err)
			}
			expected := make([]float64, (p.Cols+p.ones())*p.Outs)
			some, after := false, 0.0
			for i := range p.Outs {
				match := func(want, have [][]float64) affine {
					var s pairs
					for row := range want {
						s.add(&pairs{1, have[row][i], want[row][i], have[row][i] * have[row][i], want[row][i] * want[row][i]})
					}
					return s.match(p.bias != nil)
				}
				apart := func(to affine) (e, energy float64) {
					for row := range want2 {
						w := p.bounds.clamp(want2[row][i])
						h := p.bounds.clamp(to.scale*have2[row][i] + to.shift)
						e, energy = e+(w-h)*(w-h), energy+w*w
					}
					return e, energy
				}
				learnt, all := match(want, have), match(slices.Concat(want, want2), slices.Concat(have, have2))
				before, energy := apart(affine{1, 0})
				now, _ := apart(learnt)
				if before <= drifted*energy || now >= before {
					after += before
					continue
				}
				after += now
				if e, _ := apart(all); e <= now {
					learnt = all
				}
				some = true
				p.affine(expected, g, i, learnt)
			}
			if math.Abs(after-o.after) > 1e-9*(1+after) || some != (o.change != nil) || some && !nearly(o.change, expected) {
				t.Errorf("%s, %s: after %g, want %g; changed %v, want %v", name, p.Node.Title(), o.after, after, o.change != nil, some)
			}
			if some {
				taken++
			}
		})
	}
	if taken < 4 {
		t.Errorf("%d are matched", taken)
	}
}

// A merge takes the strength that leaves the least error on the rows held out, and learns from all rows with it where that
// helps. What it learns from is what the original feeds the node at the rows.
func TestMergingIsTheSlowOne(t *testing.T) {
	seen := 0
	for name, text := range networks {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 4, 15, 1)
		eachProblem(t, in, way{columns: statistics.MaxColumns}, func(p *problem, g int, train, held rows) {
			o := mergeGroup(p, g, train, held)
			c := p.columns(g)
			if o.err != nil {
				t.Fatal(o.err)
			}
			if c == nil || len(c.removed) == 0 {
				if o.change != nil || o.energy != 0 || o.before != 0 {
					t.Errorf("%s, %s: merged without anything removed: %+v", name, p.Node.Title(), o)
				}
				return
			}
			a, err := p.gram(c.group, train)
			if err != nil {
				t.Fatal(err)
			}
			count := 0
			for _, r := range train.of {
				count += len(r)
			}
			if a.Rows != float64(count) {
				t.Errorf("%s, %s: %g rows, want %d", name, p.Node.Title(), a.Rows, count)
			}
			x, want, have := flattened(t, p, g, held)
			_, before := slowError(p, x, want, have, nil)
			full := p.full.Weights()
			best, after := 0.0, before
			var change []float64
			for _, s := range strengths {
				d := p.from(g, c, c.merging(a, 0, full, p.bias != nil).change(s))
				if d == nil {
					continue
				}
				if _, e := slowError(p, x, want, have, d); e < after {
					best, after, change = s, e, d
				}
			}
			if best > 0 {
				seen++
				b, err := p.gram(c.group, held)
				if err != nil {
					t.Fatal(err)
				}
				if err := a.Merge(b); err != nil {
					t.Fatal(err)
				}
				d := p.from(g, c, c.merging(a, 0, full, p.bias != nil).change(best))
				if _, e := slowError(p, x, want, have, d); e < before {
					change = d
				}
			}
			if math.Abs(o.after-after) > 1e-6*after || (change == nil) != (o.change == nil) || change != nil && !nearly(o.change, change) {
				t.Errorf("%s, %s: after %g, want %g", name, p.Node.Title(), o.after, after)
			}
		})
	}
	if seen < 5 {
		t.Errorf("%d are merged", seen)
	}
}

// A merge from another start comes to the same weights: what the node has now does not matter.
func TestAMergeDoesNotDependOnTheWeightsAsTheyAre(t *testing.T) {
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = feedsOf(in.Original, 3, 15, 1)
	seen := 0
	eachProblem(t, in, way{columns: statistics.MaxColumns}, func(p *problem, g int, train, held rows) {
		c := p.columns(g)
		if c == nil || len(c.removed) == 0 {
			return
		}
		seen++
		a, err := p.gram(c.group, train)
		if err != nil {
			t.Fatal(err)
		}
		ends := func(p *problem) []float64 {
			d := p.from(g, c, c.merging(a, 0, p.full.Weights(), p.bias != nil).change(1e-3))
			weights, bias := slices.Clone(p.weights), slices.Clone(p.bias)
			p.change(weights, bias, g, d)
			return append(weights, bias...)
		}
		other := *p
		other.weights, other.bias = slices.Clone(p.weights), slices.Clone(p.bias)
		for i := range other.weights {
			other.weights[i] += float64(i%3) - 1
		}
		for i := range other.bias {
			other.bias[i]++
		}
		if x, y := ends(p), ends(&other); !nearly(x, y) {
			t.Errorf("%s: off by %g", p.Node.Title(), apart(x, y))
		}
	})
	if seen == 0 {
		t.Error("nothing is merged")
	}
}

// Of more rows than are looked at as many are drawn of each batch as its share says, distinct and in order.
func TestNoMoreRowsAreDrawnThanAreLookedAt(t *testing.T) {
	for _, batches := range [][]int{{30, 20}, {25, 25}} {
		in := halved(t, weighted(t, `<ir_version: 8, opset_import: ["": 13]>
net (float[N,400,3] x, float[3,4] w_1, float[4,2] w_2) => (float[N,400,2] y) { h = MatMul(x, w_1)  y = MatMul(h, w_2) }`))
		in.Feeds = slices.Concat(feedsOf(in.Original, 1, batches[0], 0), feedsOf(in.Original, 1, batches[1], 1))
		seen := 0
		eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
			seen++
			total := 50 * 400
			for b, samples := range batches {
				n := samples * 400
				want := int(math.Ceil(float64(n) * float64(statistics.RepairSampling.Fewest) / float64(total)))
				all := slices.Concat(train.of[b], held.of[b])
				slices.Sort(all)
				if len(all) != want || len(slices.Compact(slices.Clone(all))) != want || all[0] < 0 || all[want-1] >= n {
					t.Errorf("batch %d: %d rows of %d, want %d", b, len(all), n, want)
				}
				if share := float64(len(held.of[b])) / float64(want); math.Abs(share-0.2) > 0.01 {
					t.Errorf("batch %d: %.3f are held out", b, share)
				}
				if !slices.IsSorted(train.of[b]) || !slices.IsSorted(held.of[b]) {
					t.Errorf("batch %d is not in order", b)
				}
			}
		})
		if seen == 0 {
			t.Error("no problem")
		}
	}
}

// Progress never goes back, is of all nodes and ends with them, whatever the method.
func TestProgressIsOfAllNodes(t *testing.T) {
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = feedsOf(in.Original, 1, 10, 1)
	known := in
	known.Cut, _ = in.Cut.Clone()
	known.Statistics, known.Feeds = collected(t, in), nil
	for _, c := range []struct {
		name string
		in   Input
	}{{"bias", in}, {"merge", known}} {
		n, last, calls := len(c.in.Cut.Graph.Nodes), 0, 0
		c.in.Progress = func(done, total int) {
			if total != n || done < last {
				t.Errorf("%s: %d of %d after %d of %d", c.name, done, total, last, n)
			}
			last, calls = done, calls+1
		}
		m, _ := Lookup(c.name)
		if _, err := m.Apply(t.Context(), c.in); err != nil {
			t.Fatal(err)
		}
		if last != n || calls < 3 {
			t.Errorf("%s: ends at %d of %d in %d steps", c.name, last, n, calls)
		}
	}
}

// From statistics of no rows nothing is merged; those of another network are refused.
func TestStatisticsThatDoNotFit(t *testing.T) {
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = feedsOf(in.Original, 1, 10, 1)
	eachProblem(t, in, way{columns: statistics.MaxColumns}, func(p *problem, g int, _, _ rows) {
		if m, err := p.mergeAll(statistics.NewGram(p.full.Groups, p.full.Cols), nil); m.repair != nil || err != nil {
			t.Errorf("%s, of no rows: %v, %v", p.Node.Title(), m.repair, err)
		}
		for _, s := range []*statistics.Gram{statistics.NewGram(p.full.Groups, p.full.Cols+1), statistics.NewGram(p.full.Groups+1, p.full.Cols)} {
			if m, err := p.mergeAll(s, nil); m.repair != nil || err == nil {
				t.Errorf("%s, of %d groups of %d columns: %v, %v", p.Node.Title(), len(s.Sums), s.Cols, m.repair, err)
			}
		}
	})
}

// What a merge from statistics reports is the mean energy of what is missing, as a fraction of the outputs', before and after.
func TestMergingFromStatisticsReportsItsNodes(t *testing.T) {
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = feedsOf(in.Original, 2, 30, 4)
	set := collected(t, in)
	in.Stepper = runtime.NewStepper(1)
	problems := map[string]*problem{}
	eachProblem(t, in, way{columns: statistics.MaxColumns}, func(p *problem, g int, _, _ rows) { problems[p.Node.Title()] = p })
	known := in
	known.Cut, _ = in.Cut.Clone()
	known.Statistics, known.Feeds = set, nil
	m, _ := Lookup("merge")
	repairs, err := m.Apply(t.Context(), known)
	if err != nil || len(repairs) == 0 {
		t.Fatal(repairs, err)
	}
	for _, r := range repairs {
		p := problems[r.Node]
		c := p.columns(0)
		g := set.Gram(p.full)
		weights, bias := p.full.Weights(), p.full.Bias()
		on := c.judging(g, weights, bias)
		energy, before := on.energy, on.apart(nil)
		d := c.merging(g, 0, weights, p.bias != nil).change(mergeStrength)
		after := on.apart(d)
		if math.Abs(r.Before-before/energy) > 1e-9 || math.Abs(r.After-after/energy) > 1e-9 || !r.Taken {
			t.Errorf("want %g and %g, have %+v", before/energy, after/energy, r)
		}
	}
}
