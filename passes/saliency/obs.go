package saliency

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

func init() {
	register(Criterion{
		Name: Default, Doc: "structured optimal brain surgeon: the error that removing a unit leaves in its consumers once the other inputs make up for it",
		NeedsData: true, Wants: wantGrams, Normalization: "none", Additive: true, Score: scoreOBS,
	})
}

// eliminationSteps bounds how often costs are recomputed while the units of a group are removed.
const eliminationSteps = 128

// wantGrams asks for the Gram matrix of every consumer, and for moments where there will be none.
func wantGrams(a *group.Analysis, m *graph.Model) statistics.Request {
	var r statistics.Request
	for _, g := range a.Groups {
		for _, c := range reads(a, m, g) {
			if r.Grams = append(r.Grams, c.Map); c.Cols > statistics.MaxColumns {
				r.Axes = append(r.Axes, group.Member{Value: c.Node.In(0), Axis: c.In})
			}
		}
		for _, p := range products(m, g) {
			r.Axes = append(r.Axes, p.a, p.b)
		}
		for _, c := range recurrences(m, g) {
			r.Axes = append(r.Axes, c.input, c.state)
		}
	}
	return r
}

// term is the error of one reader of a group, as a fraction of the energy of the reader's output.
type term interface {
	// costs adds to into[u], for each u alive, the error that removing unit u next would add.
	costs(alive []int, into []float64) error
	// remove removes units.
	remove(units []int) error
}

// scoreOBS removes the units of g one after the other, the cheapest first, and scores each by what its removal adds to
// the errors of the group's readers: Optimal Brain Surgeon (Hassibi and Stork 1992) for whole structures, as in ZipLM
// (Kurtic et al. 2023, https://arxiv.org/abs/2302.04089). The sum of the lowest k scores is the error of removing these
// k units, so one calibration serves every budget.
func scoreOBS(ctx context.Context, in Input, g *group.Group) ([]float64, error) {
	terms, err := termsOf(in, g)
	if err != nil {
		return nil, err
	}
	return eliminate(ctx, terms, g.Units)
}

// eliminate removes units, the cheapest first, until none is left.
func eliminate(ctx context.Context, terms []term, units int) ([]float64, error) {
	alive := make([]int, units)
	for u := range alive {
		alive[u] = u
	}
	var order []int
	var added []float64
	each := (units + eliminationSteps - 1) / eliminationSteps
	for len(alive) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		costs := make([]float64, units)
		for _, t := range terms {
			if err := t.costs(alive, costs); err != nil {
				return nil, err
			}
		}
		slices.SortStableFunc(alive, func(a, b int) int { return cmp.Compare(costs[a], costs[b]) })
		next := slices.Clone(alive[:min(each, len(alive))])
		alive = alive[len(next):]
		slices.Sort(alive)
		for _, t := range terms {
			if err := t.remove(next); err != nil {
				return nil, err
			}
		}
		for _, u := range next {
			order, added = append(order, u), append(added, costs[u])
		}
	}
	return ascending(order, added), nil
}

// termsOf lists the terms of all readers of g. For a group that no constant weights read it falls back to the squared
// magnitude of the group's own weights.
func termsOf(in Input, g *group.Group) ([]term, error) {
	readers := reads(in.Analysis, in.Model, g)
	terms, errs := make([]term, len(readers)), make([]error, len(readers))
	passes.Parallel(in.Threads, len(readers), func(i int) { terms[i], errs[i] = readTerm(in, readers[i]) })
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", readers[i].Node.Label(), err)
		}
	}
	for _, p := range products(in.Model, g) {
		t, err := productTerm(in, g, p)
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
	}
	for _, r := range recurrences(in.Model, g) {
		t, err := recurrenceTerm(in, g, r)
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
	}
	if len(terms) > 0 {
		return terms, nil
	}
	own, err := ownShare(in, g)
	return []term{own}, err
}

// ownShare is a unit's share of the squared weights of its group.
func ownShare(in Input, g *group.Group) (share, error) {
	square := func(x float64) float64 { return x * x }
	norms, err := memberNorms(in.Analysis, g, square, func(s float64) float64 { return s }, 0)
	if err != nil {
		return nil, err
	}
	sums := make([]float64, g.Units)
	for _, n := range norms {
		for u, x := range n {
			sums[u] += x
		}
	}
	return scaled(sums, total(sums)), nil
}

// readTerm returns the term of a consumer, as if its inputs were uncorrelated if it has no Gram matrix.
func readTerm(in Input, r read) (term, error) {
	if gram := in.Statistics.Gram(r.Map); gram != nil {
		return newSurgeon(r, gram, in.Threads)
	}
	return uncorrelatedShare(in, r)
}

// uncorrelatedShare is a unit's share of the energy of r's output if the inputs are uncorrelated.
func uncorrelatedShare(in Input, r read) (share, error) {
	m := in.Statistics.Moments(r.Node.In(0), r.In)
	if m == nil {
		return nil, fmt.Errorf("no statistics of what it reads")
	}
	second := m.SecondMoment
	if r.HasBias {
		second = m.Variance
	}
	shares := weighted(r, func(w, input float64) float64 { return w * w * input }, second)
	return scaled(shares, energyOf(r, second)), nil
}

// weighted sums f over the weights of each unit, each with the statistic of the input position that it multiplies.
func weighted(r read, f func(w, input float64) float64, of func(position int) float64) []float64 {
	w := r.Weights()
	var sums []float64
	each := r.Cols / r.Taps
	for k, units := range r.columns {
		if sums == nil {
			sums = make([]float64, len(units))
		}
		for u, columns := range units {
			for _, c := range columns {
				input := of(k*each + c/r.Taps)
				for o := range r.Outs {
					sums[u] += f(w[(k*r.Outs+o)*r.Cols+c], input)
				}
			}
		}
	}
	return sums
}

// energyOf is the energy of what r computes from uncorrelated inputs.
func energyOf(r read, of func(position int) float64) float64 {
	e := 0.0
	each := r.Cols / r.Taps
	for i, w := range r.Weights() {
		e += w * w * of(i/r.Cols/r.Outs*each+i%r.Cols/r.Taps)
	}
	return e
}

// productTerm is the term of a product of computed values: a unit's share of the energy that the product has if its
// addends are uncorrelated. Nothing makes up for what is removed.
func productTerm(in Input, g *group.Group, p product) (share, error) {
	a, b := in.Statistics.Moments(p.a.Value, p.a.Axis), in.Statistics.Moments(p.b.Value, p.b.Axis)
	if a == nil || b == nil {
		return nil, fmt.Errorf("no statistics of %q and %q", p.a.Value.Name, p.b.Value.Name)
	}
	shares := make([]float64, g.Units)
	energy := 0.0
	for i, u := range in.Analysis.Units(g, p.a) {
		e := a.SecondMoment(i) * b.SecondMoment(i)
		if energy += e; u >= 0 {
			shares[u] += e
		}
	}
	return scaled(shares, energy), nil
}

// share is a term whose costs do not depend on what was removed before.
type share []float64

func (s share) costs(alive []int, into []float64) error {
	for _, u := range alive {
		into[u] += s[u]
	}
	return nil
}

func (s share) remove([]int) error { return nil }

// ascending returns scores that ascend in the order of removal and whose sum over the removed units is the error,
// wherever the added errors ascend too. Where they do not, neighbours share their sum (pool adjacent violators): the
// curve of errors becomes its convex hull, which is all that a budget can make use of.
func ascending(order []int, added []float64) []float64 {
	type pool struct {
		sum   float64
		count int
	}
	var pools []pool
	for _, x := range added {
		pools = append(pools, pool{x, 1})
		for n := len(pools) - 1; n > 0 && pools[n-1].sum*float64(pools[n].count) >= pools[n].sum*float64(pools[n-1].count); n-- {
			pools[n-1].sum += pools[n].sum
			pools[n-1].count += pools[n].count
			pools = pools[:n]
		}
	}
	scores := make([]float64, len(order))
	i, all := 0, total(added)
	for _, p := range pools {
		for range p.count {
			// A difference too small for any sum keeps the order within a pool.
			scores[order[i]] = p.sum/float64(p.count) + all*1e-12*float64(i)
			i++
		}
	}
	return scores
}
