package sparse

import "fmt"

// Matrix holds rows of weights in consecutive groups of Block rows. An entry of a group is a column
// in which some row of the group is not zero, with a number for each row. With Block 1 this is
// compressed sparse rows (CSR), with more it is the block form (BSR) of Block x 1.
type Matrix struct {
	First int // the index of row 0 in the whole matrix
	Rows  int // a multiple of Block
	Block int
	// The entries of group g are Starts[g] to Starts[g+1], by column.
	Starts  []int32
	Columns []int32
	Values  []float32 // Block numbers for each entry
}

// Weights is a dense matrix to be compressed. Element (r, c) is Data[r*RowStride + c*ColumnStride].
type Weights struct {
	Data                    []float32
	Rows, Columns           int
	RowStride, ColumnStride int
}

// Compress stores w in blocks of the given number of rows. Leftover rows, fewer than a block,
// become a second matrix of single rows.
func Compress(w Weights, block int) []*Matrix {
	if block < 1 {
		panic(fmt.Sprintf("sparse: blocks of %d rows", block))
	}
	whole := w.Rows / block * block
	var all []*Matrix
	if whole > 0 {
		all = append(all, compress(w, 0, whole, block))
	}
	if whole < w.Rows {
		all = append(all, compress(w, whole, w.Rows-whole, 1))
	}
	return all
}

func compress(w Weights, first, rows, block int) *Matrix {
	groups := rows / block
	m := &Matrix{First: first, Rows: rows, Block: block, Starts: make([]int32, groups+1)}
	n := 0
	for g := range groups {
		n += w.entries(first+g*block, block)
	}
	m.Columns, m.Values = make([]int32, 0, n), make([]float32, 0, n*block)
	for g := range groups {
		at := (first + g*block) * w.RowStride
		for c := range w.Columns {
			if !w.filled(at+c*w.ColumnStride, block) {
				continue
			}
			m.Columns = append(m.Columns, int32(c))
			for r := range block {
				m.Values = append(m.Values, w.Data[at+c*w.ColumnStride+r*w.RowStride])
			}
		}
		m.Starts[g+1] = int32(len(m.Columns))
	}
	return m
}

// Join concatenates the compressed parts of a matrix. All parts but the last must be whole blocks.
func Join(parts ...[]*Matrix) []*Matrix {
	if len(parts) == 1 {
		return parts[0]
	}
	var all []*Matrix
	first := 0
	for _, part := range parts {
		rows := 0
		for _, m := range part {
			if n := len(all); n == 0 || all[n-1].Block != m.Block {
				all = append(all, room(parts, m.Block, first+m.First))
			}
			all[len(all)-1].extend(m)
			rows += m.Rows
		}
		first += rows
	}
	return all
}

// room returns an empty matrix with capacity for everything that parts have in blocks of the given
// number of rows.
func room(parts [][]*Matrix, block, first int) *Matrix {
	groups, entries := 0, 0
	for _, part := range parts {
		for _, m := range part {
			if m.Block == block {
				groups, entries = groups+m.Rows/block, entries+m.Entries()
			}
		}
	}
	return &Matrix{First: first, Block: block, Starts: append(make([]int32, 0, groups+1), 0),
		Columns: make([]int32, 0, entries), Values: make([]float32, 0, entries*block)}
}

// extend appends the rows of o to m.
func (m *Matrix) extend(o *Matrix) {
	entries := int32(len(m.Columns))
	for _, s := range o.Starts[1:] {
		m.Starts = append(m.Starts, entries+s)
	}
	m.Rows += o.Rows
	m.Columns, m.Values = append(m.Columns, o.Columns...), append(m.Values, o.Values...)
}

// filled reports whether any of the block's weights, the first of which is at the given offset, is
// not zero.
func (w *Weights) filled(at, block int) bool {
	for range block {
		if w.Data[at] != 0 {
			return true
		}
		at += w.RowStride
	}
	return false
}

// entries counts the columns in which the block of rows starting at first is not all zero.
func (w *Weights) entries(first, block int) int {
	n := 0
	for c := range w.Columns {
		if w.filled(first*w.RowStride+c*w.ColumnStride, block) {
			n++
		}
	}
	return n
}

// Entries returns the number of stored blocks.
func (m *Matrix) Entries() int { return len(m.Columns) }
