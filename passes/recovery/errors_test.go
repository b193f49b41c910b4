package recovery

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/sparsity"
	"github.com/pollard-dev/pollard/passes/statistics"
)

var errBroken = errors.New("broken")

// failing steps until there are no more good steps left. It says which model it failed on.
type failing struct {
	passes.Stepper
	steps, good int
	on          *graph.Model
}

func (f *failing) Step(ctx context.Context, m *graph.Model, nodes []*graph.Node, wanted []*graph.Value, batches iter.Seq2[map[*graph.Value]*graph.Tensor, error]) error {
	if f.steps++; f.steps > f.good {
		f.on = m
		return errBroken
	}
	return f.Stepper.Step(ctx, m, nodes, wanted, batches)
}

// Whichever step fails, a walk ends with its error, which says when it was the original's.
func TestAStepThatFailsEndsTheWalk(t *testing.T) {
	fresh, s := uncut(t, networks["matrices"], "1x1", "magnitude", 0.5)
	walks := map[string]func(Input) error{
		"sparsify": func(in Input) error { _, err := Sparsify(t.Context(), in, s); return err },
		"curves": func(in Input) error {
			_, err := Curves(t.Context(), in, s, []float64{1, 0.5}, []bool{false, false}, nil)
			return err
		},
	}
	for _, m := range All() {
		walks[m.Name] = func(in Input) error { _, err := m.Apply(t.Context(), in); return err }
	}
	for name, walk := range walks {
		run := func(good int) (*failing, error) {
			in := fresh
			in.Cut, _ = fresh.Cut.Clone()
			f := &failing{Stepper: in.Stepper, good: good}
			in.Stepper = f
			return f, walk(in)
		}
		all, err := run(1 << 30)
		if err != nil || all.steps < 8 {
			t.Fatalf("%s: %d steps, %v", name, all.steps, err)
		}
		for good := range all.steps {
			f, err := run(good)
			if !errors.Is(err, errBroken) || f.steps != good+1 {
				t.Errorf("%s: step %d of %d fails and %d are made: %v", name, good+1, all.steps, f.steps, err)
				continue
			}
			if of := f.on == fresh.Original; of != strings.Contains(err.Error(), "the original: ") {
				t.Errorf("%s: step %d, of the original %v: %v", name, good+1, of, err)
			}
		}
	}
}

// A walk that was called off ends, with statistics too.
func TestAMergeFromStatisticsIsCalledOff(t *testing.T) {
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = feedsOf(in.Original, 1, 10, 1)
	in.Statistics, in.Feeds = collected(t, in), nil
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, _ := Lookup("merge")
	if repairs, err := m.Apply(ctx, in); !errors.Is(err, context.Canceled) || repairs != nil {
		t.Errorf("%v, %v", repairs, err)
	}
}

// Statistics of another network than the one that is merged are refused, and the error names the node.
func TestAMergeNamesTheNodeWhoseStatisticsDoNotFit(t *testing.T) {
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = feedsOf(in.Original, 1, 10, 1)
	in.Statistics, in.Feeds = collected(t, in), nil
	for _, n := range in.Original.Graph.Nodes {
		l := linear.Of(n)
		if l == nil || n.Title() != "h" {
			continue
		}
		*in.Statistics.Gram(l) = *statistics.NewGram(1, l.Cols+1)
	}
	m, _ := Lookup("merge")
	if _, err := m.Apply(t.Context(), in); err == nil || !strings.Contains(err.Error(), `node `) || !strings.Contains(err.Error(), "h") || !strings.Contains(err.Error(), "columns") {
		t.Errorf("have %v", err)
	}
}

// The first input without data is named, for each of the networks.
func TestEachNetworkNeedsItsInputs(t *testing.T) {
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = feedsOf(in.Original, 2, 3, 1)
	delete(in.Feeds.(passes.Held)[1], "x")
	s := Sparse{Density: map[string]float64{}}
	if _, err := Sparsify(t.Context(), in, s); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("sparsify: %v", err)
	}
	if c, err := Curves(t.Context(), in, s, []float64{1}, []bool{false}, nil); err == nil || c != nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("curves: %v", err)
	}
	// An input of the cut network alone.
	in.Feeds = feedsOf(in.Original, 2, 3, 1)
	in.Cut.Graph.Inputs[0].Name = "other"
	if err := newWalker(in, way{}).feed(t.Context(), 2); err == nil || !strings.Contains(err.Error(), `"other"`) {
		t.Errorf("have %v", err)
	}
}

// texts is a tensor of the same shape that no linear node reads.
func texts(x *graph.Tensor) *graph.Tensor { return graph.NewTensor(graph.String, x.Shape()...) }

// oneBatchEach is a problem whose rows to learn from are all of batch 0, and those held out all of batch 1; what it reads of
// the batches named cannot be read.
func oneBatchEach(p *problem, broken ...int) (other *problem, train, held rows) {
	q := *p
	q.operands = slices.Clone(p.operands)
	for _, b := range broken {
		q.operands[b] = texts(q.operands[b])
	}
	train, held = newRows(2, p.Groups), newRows(2, p.Groups)
	for row := range q.rowsOf(q.original.at(q.counterpart.Out(0), 0)) {
		train.of[0] = append(train.of[0], row)
		held.of[1] = append(held.of[1], row)
	}
	return &q, train, held
}

// Rows that cannot be read are an error of whatever reads them, those to learn from and those held out.
func TestRowsThatCannotBeReadAreAnError(t *testing.T) {
	thin := func(p *problem) *thinning {
		pattern, _ := sparsity.Parse("1x1")
		criterion, _ := sparsity.Lookup("magnitude")
		return &thinning{problem: p, Sparse: Sparse{Pattern: pattern, Criterion: criterion}, density: 0.5}
	}
	groups := map[string]func(p *problem, g int, train, held rows) outcome{
		"leastsquares": fit(fitRidge).group, "bias": fitBias.group, "merge": mergeGroup, "variance": matchVariance,
		"thinning": func(p *problem, g int, train, held rows) outcome {
			f := thin(p)
			f.g, f.train, f.held = g, train, held
			return f.solve()
		},
	}
	for _, text := range []string{networks["matrices"], more["groups with a bias"]} {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 2, 6, 1)
		merged := 0
		eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
			c := p.columns(g)
			for name, group := range groups {
				if name == "merge" {
					if c == nil || len(c.removed) == 0 {
						continue
					}
					merged++
				}
				for _, broken := range [][]int{nil, {0}, {1}} {
					if name == "merge" && slices.Contains(broken, 0) {
						continue // it learns from the original
					}
					q, train, held := oneBatchEach(p, broken...)
					o := group(q, g, train, held)
					if (o.err != nil) != (broken != nil) || broken != nil && o.change != nil {
						t.Errorf("%s, %s, batches %v: %v", p.Node.Title(), name, broken, o.err)
					}
				}
			}
			for _, broken := range [][]int{nil, {0}} {
				q, train, _ := oneBatchEach(p, broken...)
				f := thin(q)
				f.g, f.train = g, train
				if _, err := newTrial(f); (err != nil) != (broken != nil) {
					t.Errorf("%s, a trial, batches %v: %v", p.Node.Title(), broken, err)
				}
			}
			// What the original reads is only looked at by a merge.
			for b, live := range p.original.live {
				x := p.full.X()
				was := live[x]
				if live[x] = texts(was); c != nil && len(c.removed) > 0 {
					q, train, held := oneBatchEach(p)
					o := mergeGroup(q, g, train, held)
					if b == 1 && o.err == nil { // where a merge does not help, those held out are not read
						if o.change != nil {
							t.Errorf("%s: held out rows of the original are not read", p.Node.Title())
						}
					} else if o.err == nil || o.change != nil {
						t.Errorf("%s: rows of the original that cannot be read: %v", p.Node.Title(), o.err)
					}
				}
				live[x] = was
			}
		})
		if merged == 0 {
			t.Error("nothing is merged")
		}
	}
}

// The error of a group is that of its node, and what was to be repaired stays.
func TestAnErrorOfAGroupNamesItsNode(t *testing.T) {
	in := halved(t, weighted(t, networks["residual"]))
	in.Feeds = feedsOf(in.Original, 2, 6, 1)
	before := weightsOf(in.Cut)
	_, err := walk(t.Context(), in, way{columns: maxColumns, group: func(p *problem, g int, train, held rows) outcome {
		return outcome{change: make([]float64, (p.Cols+p.ones())*p.Outs), err: errBroken}
	}})
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "node ") || !strings.Contains(err.Error(), "a") {
		t.Errorf("have %v", err)
	}
	if !slices.Equal(before, weightsOf(in.Cut)) {
		t.Error("weights change")
	}
	// So is that of a criterion.
	thin, s := uncut(t, networks["matrices"], "1x1", "magnitude", 0.5)
	s.Criterion.Rank = func(*sparsity.Matrix, sparsity.Pattern, int) (*sparsity.Ranking, error) { return nil, errBroken }
	repairs, err := Sparsify(t.Context(), thin, s)
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "its inputs: ") || len(repairs) != 0 {
		t.Errorf("sparsify: %v, %v", repairs, err)
	}
	if _, err := Curves(t.Context(), thin, s, []float64{1, 0.5}, []bool{false, false}, nil); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "its inputs: ") {
		t.Errorf("curves: %v", err)
	}
}

// Every walk refuses a node whose operand it cannot read, or not normalise, in any batch, and changes nothing.
func TestAnOperandThatCannotBeReadIsAnError(t *testing.T) {
	for _, name := range []string{"matrices", "normalised"} {
		in, s := uncut(t, networks[name], "1x1", "magnitude", 0.5)
		w := newWalker(in, way{group: fit(fitRidge).group, columns: maxColumns})
		before := weightsOf(in.Cut)
		visited := 0
		err := w.walk(t.Context(), func(n, o *graph.Node) error {
			visited++
			x := linear.Of(n).X()
			for b := 1; b < in.Feeds.Len(); b++ {
				was := w.cut.live[b][x]
				w.cut.live[b][x] = texts(was)
				if r, err := w.repair(n, o); err == nil || r != nil {
					t.Errorf("%s, %s: repaired: %v, %v", name, n.Title(), r, err)
				}
				if r, err := w.sparsify(n, o, s, 0.5); err == nil || r != nil {
					t.Errorf("%s, %s: made sparse: %v, %v", name, n.Title(), r, err)
				}
				if c, err := w.curve(n, o, s, []float64{1, 0.5}, []bool{false, false}, nil); err == nil || c != nil {
					t.Errorf("%s, %s: a curve: %v, %v", name, n.Title(), c, err)
				}
				w.cut.live[b][x] = was
			}
			return nil
		})
		if err != nil || visited < 4 {
			t.Errorf("%s: %d nodes, %v", name, visited, err)
		}
		if !slices.Equal(before, weightsOf(in.Cut)) {
			t.Errorf("%s: weights change", name)
		}
	}
}

// An error while a fit is refined ends it, whichever rows it is at.
func TestARefinementEndsWithTheErrorOfItsRows(t *testing.T) {
	in := halved(t, weighted(t, networks["residual"]))
	in.Feeds = feedsOf(in.Original, 2, 12, 1)
	seen := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
		if p.bounds == nil {
			return
		}
		for batch := range 2 { // of rows to learn from, of rows held out
			for at := 0; ; at++ {
				q, train, held := oneBatchEach(p)
				calls, broke := 0, false
				a, b := outcomeMoments(t, q, g, train), outcomeMoments(t, q, g, held)
				f := fitRidge(a, b)
				if f == nil {
					return
				}
				r := refinement{q, g, train, held, func(m *moments) []float64 {
					if calls == at { // from here on these rows are read again, and cannot be
						broke = true
						q.operands[batch] = texts(q.operands[batch])
						train.slabs[g], held.slabs[g] = nil, nil
					}
					calls++
					return f(m)
				}}
				o := r.solve(a, a.merged(b))
				if !broke {
					break
				}
				if o.err == nil {
					// Every fit is judged on the rows held out. Those to learn from are read again while fits get better.
					if batch == 1 || at == 0 {
						t.Errorf("%s, batch %d at fit %d of %d: no error", p.Node.Title(), batch, at, calls)
					}
					continue
				}
				if seen++; o.change != nil {
					t.Errorf("%s, batch %d at fit %d: a change with an error", p.Node.Title(), batch, at)
				}
			}
		}
	})
	if seen < 6 {
		t.Errorf("%d errors", seen)
	}
}

func outcomeMoments(t *testing.T, p *problem, g int, over rows) *moments {
	t.Helper()
	m, err := p.moments(g, over)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// So does a thinning behind an activation.
func TestAThinningEndsWithTheErrorOfItsRows(t *testing.T) {
	in, s := uncut(t, networks["residual"], "1x1", "magnitude", 0.3)
	in.Feeds = feedsOf(in.Original, 2, 12, 1)
	seen := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
		if p.bounds == nil {
			return
		}
		seen++
		whole, train, held := oneBatchEach(p)
		a, b := outcomeMoments(t, whole, g, train), outcomeMoments(t, whole, g, held)
		thin := func(q *problem) *thinning {
			return &thinning{problem: q, Sparse: s, g: g, train: train.anew(), held: held.anew(), density: 0.3}
		}
		f := thin(whole)
		mask, err := s.Criterion.Choose(f.matrix(f.current(), a), s.Pattern, 0.3, 1)
		if err != nil {
			t.Fatal(err)
		}
		first := f.moved(f.equations(a).Fit(mask, 1e-4, 1))
		for batch := range 2 {
			q, _, _ := oneBatchEach(p, batch)
			if o := thin(q).refine(mask, first, 1e-4, a, a.merged(b)); o.err == nil || o.change != nil {
				t.Errorf("%s, batch %d: %v", p.Node.Title(), batch, o.err)
			}
		}
		err = f.rounds(mask, first, 1e-4, a, []rows{f.train}, func(round int, _ []float64) (bool, error) {
			if round == 1 {
				return true, errBroken
			}
			return true, nil
		})
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: what looks at a round fails: %v", p.Node.Title(), err)
		}
		calls := 0
		if err := f.rounds(mask, first, 1e-4, a, []rows{f.train}, func(round int, _ []float64) (bool, error) {
			calls++
			return round < 2, nil
		}); err != nil || calls != 3 {
			t.Errorf("%s: %d rounds, %v", p.Node.Title(), calls, err)
		}
	})
	if seen < 2 {
		t.Errorf("%d nodes", seen)
	}
}
