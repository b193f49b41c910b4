package sparsity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/passes"
)

// Criterion decides which weights become zero first.
type Criterion struct {
	Name, Doc string
	// NeedsData says that Rank reads the Hessian.
	NeedsData bool
	// Rank orders the blocks of a matrix. Costs are errors summed over the rows that the Hessian was made of, so those
	// of different matrices compare if they are relative to the same rows.
	Rank func(m *Matrix, p Pattern, threads int) (*Ranking, error)
	// choose makes a better choice for one density than the ranking does; nil if there is none.
	choose func(m *Matrix, p Pattern, density float64, threads int) (*Mask, error)
}

// Choose returns what stays at a density.
func (c *Criterion) Choose(m *Matrix, p Pattern, density float64, threads int) (*Mask, error) {
	if c.choose != nil {
		return c.choose(m, p, density, threads)
	}
	r, err := c.Rank(m, p, threads)
	if err != nil {
		return nil, err
	}
	return r.Mask(density), nil
}

var criteria = map[string]Criterion{}

func registerCriterion(c Criterion) { criteria[c.Name] = c }

// Criteria lists the criteria by name.
func Criteria() []string {
	var names []string
	for name := range criteria {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Lookup returns the criterion of that name. The error lists those there are.
func Lookup(name string) (Criterion, error) {
	if c, ok := criteria[name]; ok {
		return c, nil
	}
	return Criterion{}, fmt.Errorf("sparsity criterion: want one of %s, have %q", strings.Join(Criteria(), ", "), name)
}

// rankSeparately orders blocks by costs that do not depend on what else is removed: the sum of cost over a block.
func rankSeparately(m *Matrix, p Pattern, threads int, cost func(row, col int) float64) *Ranking {
	r := newRanking(m, p)
	r.ascending = true
	blocks := p.across(m.Cols)
	passes.Parallel(threads, len(r.Order), func(b int) {
		from, to := p.rows(b, m.Outs)
		costs, order := make([]float64, blocks), make([]int, blocks)
		for c := range blocks {
			order[c] = c
			for lo, hi := p.cols(c, m.Cols); lo < hi; lo++ {
				for row := from; row < to; row++ {
					costs[c] += cost(row, lo)
				}
			}
		}
		slices.SortStableFunc(order, func(x, y int) int {
			switch {
			case costs[x] < costs[y]:
				return -1
			case costs[x] > costs[y]:
				return 1
			}
			return 0
		})
		q := newQuota(p, blocks)
		for _, c := range order {
			if q.open(c) {
				q.take(c)
				r.Order[b], r.Cost[b] = append(r.Order[b], c), append(r.Cost[b], costs[c])
			}
		}
	})
	return r
}
