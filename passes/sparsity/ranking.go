package sparsity

import (
	"container/heap"
	"math"
	"slices"
)

// Ranking is the order in which the blocks of each row of blocks become zero, and the cost of each once those before it
// are zero, in the units of the criterion, which add up. Blocks that a pattern always keeps are not listed.
type Ranking struct {
	Pattern    Pattern
	Outs, Cols int
	Order      [][]int
	Cost       [][]float64
	// ascending reports whether the costs of each row ascend.
	ascending bool
}

func newRanking(m *Matrix, p Pattern) *Ranking {
	n := p.down(m.Outs)
	return &Ranking{Pattern: p, Outs: m.Outs, Cols: m.Cols, Order: make([][]int, n), Cost: make([][]float64, n)}
}

// size is the number of weights of block c in row b.
func (r *Ranking) size(b, c int) int {
	from, to := r.Pattern.rows(b, r.Outs)
	lo, hi := r.Pattern.cols(c, r.Cols)
	return (to - from) * (hi - lo)
}

// Mask keeps the given fraction of all weights, or as many as the pattern fixes. Of the blocks that come next in each
// row of blocks, it always removes the cheapest. One block of each row stays, so that no output loses everything.
func (r *Ranking) Mask(density float64) *Mask {
	gone, _ := r.walk(density)
	m := &Mask{Pattern: r.Pattern, Outs: r.Outs, Cols: r.Cols, Kept: make([][]int, len(r.Order))}
	for b, n := range gone {
		out := make([]bool, r.Pattern.across(r.Cols))
		for _, c := range r.Order[b][:n] {
			out[c] = true
		}
		for c, x := range out {
			if lo, hi := r.Pattern.cols(c, r.Cols); !x {
				for ; lo < hi; lo++ {
					m.Kept[b] = append(m.Kept[b], lo)
				}
			}
		}
	}
	return m
}

// Costs returns the cost of keeping each of the given fractions of all weights.
func (r *Ranking) Costs(densities []float64) []float64 {
	costs := make([]float64, len(densities))
	for i, d := range densities {
		_, costs[i] = r.walk(d)
	}
	return costs
}

// walk returns how many blocks of each row become zero at a density, and the cost.
func (r *Ranking) walk(density float64) (gone []int, cost float64) {
	gone = make([]int, len(r.Order))
	if r.Pattern.Fixed() {
		for b, o := range r.Order {
			gone[b] = len(o)
			for _, c := range r.Cost[b] {
				cost += c
			}
		}
		return gone, cost
	}
	size := r.Outs * r.Cols
	wanted := int(math.Ceil((1-density)*float64(size) - 1e-6))
	removed := 0
	if r.ascending {
		removed, cost = r.skip(gone, wanted)
	}
	q := &queue{}
	push := func(b int) {
		if n := gone[b]; n < len(r.Order[b]) && n+1 < r.Pattern.across(r.Cols) {
			heap.Push(q, next{r.Cost[b][n], b})
		}
	}
	for b := range r.Order {
		push(b)
	}
	for removed < wanted && q.Len() > 0 {
		t := heap.Pop(q).(next)
		removed += r.size(t.row, r.Order[t.row][gone[t.row]])
		cost += t.cost
		gone[t.row]++
		push(t.row)
	}
	return gone, cost
}

// skip takes at once all blocks below a price at which no more than wanted weights go. It finds the price by bisection.
func (r *Ranking) skip(gone []int, wanted int) (removed int, cost float64) {
	most := 0.0
	for _, c := range r.Cost {
		if len(c) > 0 {
			most = max(most, c[len(c)-1])
		}
	}
	each := r.Pattern.Rows * r.Pattern.Cols // no block has more weights
	cheap := func(b int, price float64) int {
		n, _ := slices.BinarySearch(r.Cost[b], price)
		return min(n, r.Pattern.across(r.Cols)-1)
	}
	low, high := 0.0, most
	for range 50 {
		price, n := (low+high)/2, 0
		for b := range r.Cost {
			n += cheap(b, price) * each
		}
		if n <= wanted {
			low = price
		} else {
			high = price
		}
	}
	for b := range r.Cost {
		gone[b] = cheap(b, low)
		for i, c := range r.Cost[b][:gone[b]] {
			cost += c
			removed += r.size(b, r.Order[b][i])
		}
	}
	return removed, cost
}

// next is the block that is removed next from a row of blocks.
type next struct {
	cost float64
	row  int
}

// queue is a heap of them, the cheapest first.
type queue []next

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].cost < q[j].cost || q[i].cost == q[j].cost && q[i].row < q[j].row
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(next)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// quota counts, by stretch of a row, how many more blocks may be removed.
type quota struct {
	p    Pattern
	left []int // nil where the number is free
}

func newQuota(p Pattern, blocks int) quota {
	q := quota{p: p}
	for from := 0; p.Fixed() && from < blocks; from += p.Of {
		q.left = append(q.left, max(0, min(p.Of, blocks-from)-p.Keep))
	}
	return q
}

func (q quota) open(block int) bool { return q.left == nil || q.left[block/q.p.Of] > 0 }

func (q quota) take(block int) {
	if q.left != nil {
		q.left[block/q.p.Of]--
	}
}
