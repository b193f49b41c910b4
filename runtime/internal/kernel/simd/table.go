package simd

import (
	"fmt"
	"math"
)

// Table says where the rows that a product reads begin. For each row of the result and each tap (a
// position under the window of a convolution) it has the number of floats from the start of x. It
// is an indirection buffer as in M. Dukhan, "The Indirect Convolution Algorithm", 2019
// (https://arxiv.org/abs/1907.02129), but with offsets instead of addresses, so that one table
// serves every batch, image and thread of a shape.
//
// The entries of a tile of rows are adjacent, by tap, so that a tile's entries are read in order.
type Table struct {
	offsets          []int32 // [tile][tap][row of the tile]
	rows, taps, tile int
	largest          int32
	holes            bool // some row is all zeros
}

// Fill builds a table of rows x taps for a function that computes tiles of the given number of
// rows. At returns the offset of a row under a tap, or a negative number for one that is all zeros
// (padding). Fill reuses the table's memory if it suffices.
func (t *Table) Fill(rows, taps, tile int, at func(row, tap int) int) {
	tiles := (rows + tile - 1) / tile
	n := tiles * taps * tile
	if cap(t.offsets) < n {
		t.offsets = make([]int32, n)
	}
	*t = Table{offsets: t.offsets[:n], rows: rows, taps: taps, tile: tile, largest: -1}
	next := t.offsets
	for i := range tiles {
		for tap := range taps {
			for j := range tile {
				next[j] = -1
				if row := i*tile + j; row < rows {
					next[j] = t.entry(at(row, tap))
				}
			}
			next = next[tile:]
		}
	}
}

// entry records an offset.
func (t *Table) entry(offset int) int32 {
	if offset > math.MaxInt32 {
		panic(fmt.Sprintf("simd: offset %d does not fit a table", offset))
	}
	if offset < 0 {
		t.holes = true
		return -1
	}
	t.largest = max(t.largest, int32(offset))
	return int32(offset)
}

// at returns the offset of a row under a tap, or a negative number for one of zeros.
func (t *Table) at(row, tap int) int {
	return int(t.offsets[(row/t.tile*t.taps+tap)*t.tile+row%t.tile])
}

// check panics unless rows first to first+rows of the table can be read in tiles of the given
// number of rows, with long numbers in each row.
func (t *Table) check(first, rows, tile, long, x, zero int) {
	switch {
	case t.tile != tile:
		panic(fmt.Sprintf("simd: table of tiles of %d rows, want %d", t.tile, tile))
	case first+rows > t.rows:
		panic(fmt.Sprintf("simd: table of %d rows, want %d", t.rows, first+rows))
	case int(t.largest)+long > x && t.largest >= 0:
		panic(fmt.Sprintf("simd: x of %d, table reads up to %d", x, int(t.largest)+long))
	case t.holes && zero < long:
		panic(fmt.Sprintf("simd: %d zeros, want %d", zero, long))
	}
}
