package sparsity

import (
	"fmt"
	"strconv"
	"strings"
)

// Pattern says which weights of a matrix, outputs x columns, are zero together. Columns are in the order of an
// operator's weights: channel after channel and within each its kernel positions in row-major order. That is the order
// in which a convolution that is computed as a matrix product sums the products of one output.
type Pattern struct {
	// Name is the pattern's name on the command line.
	Name string
	// Rows and Cols are the extents of a block, in consecutive outputs and consecutive columns. Blocks at the edges may
	// be smaller.
	Rows, Cols int
	// Keep of each Of consecutive blocks of an output may be nonzero. Both are 0 if the number is free.
	Keep, Of int
}

// family is some patterns, one file each.
type family struct {
	form string
	// parse reads text as one of them; ok is false if it is not.
	parse func(text string) (p Pattern, ok bool, err error)
}

var families []family

func register(f family) { families = append(families, f) }

// Parse reads the name of a pattern.
func Parse(text string) (Pattern, error) {
	for _, f := range families {
		p, ok, err := f.parse(text)
		if err != nil {
			return Pattern{}, fmt.Errorf("pattern %s: %w", text, err)
		}
		if ok {
			p.Name = text
			return p, nil
		}
	}
	return Pattern{}, fmt.Errorf("pattern: want one of %s, have %q", strings.Join(Forms(), ", "), text)
}

// Forms lists the forms that a name can have.
func Forms() []string {
	var forms []string
	for _, f := range families {
		forms = append(forms, f.form)
	}
	return forms
}

// pair reads two numbers of at least 1 and sensible size with sep between them. ok is false for any other text.
func pair(text, sep string) (a, b int, ok bool, err error) {
	left, right, found := strings.Cut(text, sep)
	if !found {
		return 0, 0, false, nil
	}
	if a, err = strconv.Atoi(left); err != nil {
		return 0, 0, false, nil
	}
	if b, err = strconv.Atoi(right); err != nil {
		return 0, 0, false, nil
	}
	for _, n := range []int{a, b} {
		if n < 1 || n > mostExtent {
			return 0, 0, true, fmt.Errorf("want numbers from 1 to %d, have %d", mostExtent, n)
		}
	}
	return a, b, true, nil
}

// mostExtent bounds the numbers in a pattern: no hardware has wider ones.
const mostExtent = 1024

// Density is the fraction of weights that the pattern itself keeps, or 1 if the number is free.
func (p Pattern) Density() float64 {
	if p.Of == 0 {
		return 1
	}
	return float64(p.Keep) / float64(p.Of)
}

// Fixed reports whether the pattern itself fixes how many weights stay.
func (p Pattern) Fixed() bool { return p.Of > 0 }

// down and across are the numbers of blocks of a matrix.
func (p Pattern) down(outs int) int   { return (outs + p.Rows - 1) / p.Rows }
func (p Pattern) across(cols int) int { return (cols + p.Cols - 1) / p.Cols }

// rows returns the outputs of a row of blocks, cols the columns of a column of blocks.
func (p Pattern) rows(block, outs int) (from, to int) {
	return block * p.Rows, min(outs, (block+1)*p.Rows)
}
func (p Pattern) cols(block, cols int) (from, to int) {
	return block * p.Cols, min(cols, (block+1)*p.Cols)
}

// Holds reports whether weights, outs x cols, are zero as the pattern demands: blocks as a whole, and enough of each
// stretch of columns.
func (p Pattern) Holds(weights []float64, outs, cols int) bool {
	for b := range p.down(outs) {
		stays := make([]int, p.across(cols)+1) // by stretch
		for c := range p.across(cols) {
			n, of := p.nonZero(weights, outs, cols, b, c)
			if n != 0 && n != of {
				return false
			}
			if n > 0 && p.Of > 0 {
				if stays[c/p.Of]++; stays[c/p.Of] > p.Keep {
					return false
				}
			}
		}
	}
	return true
}

// nonZero counts the nonzero weights of a block, and all its weights.
func (p Pattern) nonZero(weights []float64, outs, cols, down, across int) (n, of int) {
	from, to := p.rows(down, outs)
	lo, hi := p.cols(across, cols)
	for r := from; r < to; r++ {
		for _, w := range weights[r*cols+lo : r*cols+hi] {
			if of++; w != 0 {
				n++
			}
		}
	}
	return n, of
}
