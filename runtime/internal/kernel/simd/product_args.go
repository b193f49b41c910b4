//go:build (amd64 || arm64) && !noasm

package simd

import (
	"math"
	"unsafe"
)

// productArgs is what the assembly reads, in words of 8 bytes in this order (gen/product.go and
// gen/neon_product.go name them). The addresses it advances are numbers, not pointers, because they
// go past the end of what they walk through.
type productArgs struct {
	firstX, firstTable, firstY, firstResidual, firstAhead, zero, w, bias unsafe.Pointer

	x, table, y, residual, ahead uintptr // where the tile is; set by the assembly

	taps, k, ldx, skip, ldy, ldr int // taps, then bytes
	lo, hi                       float32
	accumulate, partial          int
	tiles, rest                  int
	nextX, nextTable             int        // bytes from tile to tile
	aheadStep, aheadTiles        int        // bytes prefetched at a time, and how many tiles prefetch
	mask                         [16]uint32 // AVX-512: bits of the last vector's columns; AVX2: -1 for each column; NEON: number of columns
}

// noBias is the start of sums without a bias.
var noBias [64]float32

// runPart passes a part of the sum to the assembly of a level. A last tile of one or two rows would
// take nearly as long as half a tile, because each row's sums have to wait for themselves. If rows
// need no table, it shares rows with the tile before it.
func (p *Product) runPart(l Level, part productPart) {
	if l == Generic {
		productGo(p, part)
		return
	}
	a, after := p.args(l, part, p.First, p.Rows), 0
	if p.Table == nil && a.tiles > 0 && (a.rest == 1 || a.rest == 2) {
		both := tileRows(l) + a.rest
		a.tiles, a.rest, after = a.tiles-1, both-both/2, both/2
	}
	a.run(l, p.Width)
	if after > 0 {
		a = p.args(l, part, p.First+p.Rows-after, after)
		a.run(l, p.Width)
	}
}

func (p *Product) args(l Level, part productPart, first, rows int) productArgs {
	tile := tileRows(l)
	a := productArgs{
		firstY: unsafe.Pointer(&p.Y[first*p.LdY]),
		w:      unsafe.Pointer(&p.W[part.tap*p.wTap()+part.k0*p.Width]),
		bias:   unsafe.Pointer(&noBias),
		taps:   part.taps, k: 4 * part.k, ldx: 4 * p.LdX, skip: 4 * (p.wTap() - part.k*p.Width), ldy: 4 * p.LdY,
		lo: float32(math.Inf(-1)), hi: float32(math.Inf(1)),
		tiles: rows / tile, rest: rows % tile,
	}
	if p.Table == nil {
		a.firstX, a.nextX = unsafe.Pointer(&p.X[first*p.LdX+part.k0]), 4*tile*p.LdX
	} else {
		t := p.Table
		a.firstTable, a.nextTable = unsafe.Pointer(&t.offsets[first*t.taps+part.tap*tile]), 4*tile*t.taps
		if t.largest >= 0 {
			a.firstX = unsafe.Pointer(&p.X[part.k0])
		}
		if t.holes {
			a.zero = unsafe.Pointer(&p.Zero[0])
		}
	}
	if part.accumulate {
		a.accumulate = 1
	} else if p.Bias != nil {
		a.bias = unsafe.Pointer(&p.Bias[0])
	}
	if part.last {
		a.lo, a.hi = p.Lo, p.Hi
		if p.Residual != nil {
			a.firstResidual, a.ldr = unsafe.Pointer(&p.Residual[first*p.LdR]), 4*p.LdR
		}
	}
	p.ahead(part, &a)
	p.mask(l, &a)
	return a
}

// ahead sets up prefetching of the weights after those of this part while these are used.
func (p *Product) ahead(part productPart, a *productArgs) {
	next := part.tap*p.wTap() + (part.k0+part.k)*p.Width
	if part.k0+part.k == p.K {
		next = (part.tap + part.taps) * p.wTap()
	}
	a.firstAhead = a.w
	if next < len(p.W) {
		a.firstAhead, a.aheadStep, a.aheadTiles = unsafe.Pointer(&p.W[next]), 4*p.Width, 4
	}
}
