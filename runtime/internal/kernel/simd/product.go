package simd

import (
	"fmt"
	"math"
)

// Product is y = clamp(bias + x*w + residual, lo, hi) for a range of rows of y and one strip of
// columns:
//
//	y[r*LdY + n] = clamp(start + sum over taps t and k in 0..K of X[at(r, t) + k] * W[t*WTap + k*Width + n] + Residual[r*LdR + n])
//
// where at(r, t) is given by Table, or is r*LdX for a single tap without one, and start is the
// bias, or the contents of y with Accumulate. A convolution over an image in channels-last order is
// one such product, with a tap for each position of its window.
//
// Terms are added in the order written, each with a fused multiply-add (Generic: as the compiler
// does it), whatever the strip's width and the number of rows. Rows of weights that meet only zeros
// may be left out without changing a bit of y, and all levels but Generic give the same bits. NaN
// stays NaN through the clamp.
//
// Nothing is allocated, and a Product may be reused. It holds nothing but what it is given.
type Product struct {
	X      []float32
	Table  *Table    // rows of X, in tiles of TileRows(); if nil, row r begins at r*LdX and there is one tap
	Zero   []float32 // K zeros at least, if the table has rows of zeros
	K, LdX int

	W       []float32 // one strip, as PackStrips writes it; what follows it is prefetched as the next to be used
	WTap    int       // numbers from tap to tap; 0 means K*Width
	Width   int       // of the strip, a multiple of 16, at most Strip()
	Columns int       // columns of the strip that y has: at most Width, more than Width-16

	Y        []float32
	LdY      int
	Bias     []float32 // Columns numbers, or nil
	Residual []float32 // as Y, but not Y itself, or nil
	LdR      int
	Lo, Hi   float32 // -Inf, +Inf: no clamp

	First, Rows int // the rows of y to compute; with a table First is a multiple of TileRows()

	Accumulate bool // the sum starts from the contents of y instead of the bias
	Partial    bool // the sum is continued later: no residual and no clamp now
}

// productPart is a part of the sum: taps from the first on, and for each of them k of the numbers
// starting at k0.
type productPart struct {
	tap, taps, k0, k int
	accumulate, last bool // last: the sum ends here
}

// stripBudget is how many rows of weights of a strip are used before the next ones. 1024 rows of 64
// floats are 256 KiB. Two such blocks, the one in use and the one being prefetched, leave room in a
// second-level cache of 1 MiB. Between 512 and 2048 no difference was measured.
const stripBudget = 1024

// TileRows returns how many rows a product computes at once, which is also the tile of its tables.
func TileRows() int { return tileRows(Active) }

// Strip returns the number of columns in a full strip of weights.
func Strip() int { return strip(Active) }

func tileRows(l Level) int { return [...]int{Generic: 4, AVX2: 6, AVX512: 7, NEON: 6}[l] }
func strip(l Level) int    { return [...]int{Generic: 16, AVX2: 16, AVX512: 64, NEON: 16}[l] }

// Run computes the rows. It panics if a slice is too short.
func (p *Product) Run() { p.runAt(Active) }

func (p *Product) runAt(l Level) {
	if p.Rows <= 0 {
		return
	}
	p.check(l)
	taps := p.taps()
	chunk, long := ChunkK(taps, p.K)
	accumulate := p.Accumulate
	for tap := 0; tap < taps; tap += chunk {
		for k0 := 0; k0 < p.K; k0 += long { // a tap is finished before the next begins, to keep the order of the sum
			part := productPart{tap: tap, taps: min(chunk, taps-tap), k0: k0, k: min(long, p.K-k0), accumulate: accumulate}
			part.last = tap+chunk >= taps && k0+long >= p.K && !p.Partial
			p.runPart(l, part)
			accumulate = true
		}
	}
}

// ChunkK returns how much of a sum over taps x k is computed at a time so that the strip's weights
// stay in the cache for all rows: a number of whole taps, or one tap and some of its numbers.
func ChunkK(taps, k int) (int, int) {
	if k <= stripBudget {
		return min(taps, max(1, stripBudget/max(k, 1))), k
	}
	parts := (k + stripBudget - 1) / stripBudget
	return 1, (k + parts - 1) / parts
}

func (p *Product) taps() int {
	if p.Table == nil {
		return 1
	}
	return p.Table.taps
}

func (p *Product) wTap() int {
	if p.WTap == 0 {
		return p.K * p.Width
	}
	return p.WTap
}

// row returns what row r reads under a tap.
func (p *Product) row(r, tap int) []float32 {
	if p.Table == nil {
		return p.X[r*p.LdX:][:p.K]
	}
	if at := p.Table.at(r, tap); at >= 0 {
		return p.X[at:][:p.K]
	}
	return p.Zero[:p.K]
}

// check panics unless every slice covers what the product reads and writes.
func (p *Product) check(l Level) {
	end := p.First + p.Rows
	short := func(name string, have, want int) {
		if have < want {
			panic(fmt.Sprintf("simd: %s of %d, want %d", name, have, want))
		}
	}
	if p.Width%16 != 0 || p.Columns <= p.Width-16 || p.Columns > p.Width || p.Width > strip(l) || p.Columns < 1 {
		panic(fmt.Sprintf("simd: %d columns of a strip of %d", p.Columns, p.Width))
	}
	if p.K < 1 || p.First < 0 || p.LdX < 0 || p.LdY < p.Columns || p.WTap < 0 || p.LdR < 0 {
		panic("simd: bad extents of a product")
	}
	short("w", len(p.W), (p.taps()-1)*p.wTap()+p.K*p.Width)
	short("y", len(p.Y), (end-1)*p.LdY+p.Columns)
	if p.Bias != nil {
		short("bias", len(p.Bias), p.Columns)
	}
	if p.Residual != nil {
		short("residual", len(p.Residual), (end-1)*p.LdR+p.Columns)
	}
	if p.Table == nil {
		short("x", len(p.X), (end-1)*p.LdX+p.K)
		return
	}
	if p.First%p.Table.tile != 0 || p.Table.taps < 1 {
		panic(fmt.Sprintf("simd: rows from %d on, in tiles of %d", p.First, p.Table.tile))
	}
	p.Table.check(p.First, p.Rows, tileRows(l), p.K, len(p.X), len(p.Zero))
}

// productGo computes four columns of one row at a time.
func productGo(p *Product, part productPart) {
	lo, hi := p.Lo, p.Hi
	if !part.last {
		lo, hi = float32(math.Inf(-1)), float32(math.Inf(1))
	}
	for r := p.First; r < p.First+p.Rows; r++ {
		for n := 0; n < p.Columns; n += 4 {
			columns := min(4, p.Columns-n)
			y := p.Y[r*p.LdY+n:][:columns]
			var s [4]float32
			if part.accumulate {
				copy(s[:], y)
			} else if p.Bias != nil {
				copy(s[:], p.Bias[n:][:columns])
			}
			productFour(p, part, r, n, &s)
			if part.last && p.Residual != nil {
				for i, v := range p.Residual[r*p.LdR+n:][:columns] {
					s[i] += v
				}
			}
			for i := range y {
				y[i] = min(max(s[i], lo), hi)
			}
		}
	}
}

// productFour adds a part of the sums of columns n to n+4 of a row.
func productFour(p *Product, part productPart, r, n int, s *[4]float32) {
	s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
	width := p.Width
	for tap := part.tap; tap < part.tap+part.taps; tap++ {
		strip := p.W[tap*p.wTap()+part.k0*width+n:]
		at := 0
		for _, x := range p.row(r, tap)[part.k0:][:part.k] {
			w := (*[4]float32)(strip[at : at+4])
			at += width
			s0 += x * w[0]
			s1 += x * w[1]
			s2 += x * w[2]
			s3 += x * w[3]
		}
	}
	*s = [4]float32{s0, s1, s2, s3}
}
