package sparsity

import (
	"cmp"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// stretch is the number of columns that are chosen from at a time.
const stretch = 128

// sweep goes from the first column to the last and lets the columns behind make up for what is removed (SparseGPT:
// Frantar and Alistarh 2023, https://arxiv.org/abs/2301.00774). With U the upper Cholesky factor of the inverse Hessian,
// removing w_j costs (w_j / U_jj)^2 and changes what is behind by -w_j / U_jj U_j. All rows share U, because all reach a
// column at the same time. Of each stretch of columns as many blocks are removed as in the given mask.
func sweep(m *Matrix, inverse []float64, like *Mask, threads int) *Mask {
	u := slices.Clone(inverse)
	if _, ok := linalg.Factorize(u, m.Cols); !ok {
		return like
	}
	s := &sweeping{Matrix: m, p: like.Pattern, u: u, w: slices.Clone(m.Weights), stays: make([][]bool, len(like.Kept))}
	given := make([][]bool, len(like.Kept))
	for b, kept := range like.Kept {
		s.stays[b], given[b] = make([]bool, s.p.across(m.Cols)), make([]bool, s.p.across(m.Cols))
		for _, c := range kept {
			given[b][c/s.p.Cols] = true
		}
	}
	each := max(1, stretch/s.p.Cols)
	if s.p.Fixed() {
		each = max(1, each/s.p.Of) * s.p.Of
	}
	for from := 0; from < s.p.across(m.Cols); from += each {
		to := min(from+each, s.p.across(m.Cols))
		if !s.p.Fixed() {
			s.choose(given, from, to)
		}
		s.pass(from, to, threads)
	}
	out := &Mask{Pattern: s.p, Outs: m.Outs, Cols: m.Cols, Kept: make([][]int, len(s.stays))}
	for b, stays := range s.stays {
		if !slices.Contains(stays, true) { // no output may lose everything
			stays = given[b]
		}
		for c, yes := range stays {
			for lo, hi := s.p.cols(c, m.Cols); lo < hi && yes; lo++ {
				out.Kept[b] = append(out.Kept[b], lo)
			}
		}
	}
	return out
}

type sweeping struct {
	*Matrix
	p     Pattern
	u, w  []float64
	stays [][]bool
}

// cost is the present cost of removing a block, taking its columns one by one.
func (s *sweeping) cost(b, c int) float64 {
	sum := 0.0
	from, to := s.p.rows(b, s.Outs)
	for lo, hi := s.p.cols(c, s.Cols); lo < hi; lo++ {
		for r := from; r < to; r++ {
			e := s.w[r*s.Cols+lo] / s.u[lo*s.Cols+lo]
			sum += e * e
		}
	}
	return sum
}

// choose keeps as many blocks of a stretch as were given, the most expensive ones.
func (s *sweeping) choose(given [][]bool, from, to int) {
	type place struct {
		cost float64
		b, c int
	}
	var all []place
	n := 0
	for b := range s.stays {
		for c := from; c < to; c++ {
			all = append(all, place{s.cost(b, c), b, c})
			if given[b][c] {
				n++
			}
		}
	}
	slices.SortStableFunc(all, func(x, y place) int { return cmp.Compare(y.cost, x.cost) })
	for _, x := range all[:n] {
		s.stays[x.b][x.c] = true
	}
}

// pass goes over a stretch and lets all columns behind it make up for what was removed.
func (s *sweeping) pass(from, to, threads int) {
	first, _ := s.p.cols(from, s.Cols)
	_, end := s.p.cols(to-1, s.Cols)
	errors := make([]float64, s.Outs*(end-first))
	passes.Parallel(threads, len(s.stays), func(b int) {
		lo, hi := s.p.rows(b, s.Outs)
		for c := from; c < to; c++ {
			if s.p.Fixed() && c%s.p.Of == 0 {
				s.keepMost(b, c)
			}
			for j, last := s.p.cols(c, s.Cols); j < last && !s.stays[b][c]; j++ {
				row := s.u[j*s.Cols:][:end]
				for r := lo; r < hi; r++ {
					e := -s.w[r*s.Cols+j] / row[j]
					axpy(e, row[j:], s.w[r*s.Cols+j:][:end-j])
					errors[r*(end-first)+j-first] = e
				}
			}
		}
	})
	if rest := s.Cols - end; rest > 0 {
		linalg.AddProduct(linalg.Of(s.w[end:], s.Outs, rest, s.Cols), linalg.Of(errors, s.Outs, end-first, end-first),
			linalg.Of(s.u[first*s.Cols+end:], end-first, rest, s.Cols), threads)
	}
}

// keepMost keeps the most expensive of the Of blocks that start at c.
func (s *sweeping) keepMost(b, c int) {
	costs := make([]float64, s.p.Of)
	for i := range costs {
		costs[i] = s.cost(b, c+i)
	}
	for range s.p.Keep {
		best, most := 0, math.Inf(-1)
		for i, x := range costs {
			if x > most {
				best, most = i, x
			}
		}
		costs[best] = math.Inf(-1)
		s.stays[b][c+best] = true
	}
}
