package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fields gives each name its place in a struct of words of 8 bytes, in order.
func fields(a reg.Register, names ...string) map[string]Mem {
	at := map[string]Mem{}
	for i, name := range names {
		at[name] = Mem{Base: a, Disp: 8 * i}
	}
	return at
}

// word loads a field into a register.
func word(m Mem) reg.GPVirtual {
	r := GP64()
	MOVQ(m, r)
	return r
}

// tableRows points each register at x plus the number of floats in its entry of the table, or at
// zero if that is negative.
func tableRows(rows []reg.GPVirtual, table reg.Register, disp int, x, zero reg.Register) {
	for j, row := range rows {
		MOVLQSX(Mem{Base: table, Disp: disp + 4*j}, row)
		TESTQ(row, row)
		LEAQ(Mem{Base: x, Index: row, Scale: 4}, row) // does not change the flags
		CMOVQLT(zero, row)
	}
}

// vectors returns a grid of registers.
func vectors(of func() reg.VecVirtual, rows, columns int) [][]reg.VecVirtual {
	grid := make([][]reg.VecVirtual, rows)
	for j := range grid {
		for range columns {
			grid[j] = append(grid[j], of())
		}
	}
	return grid
}
