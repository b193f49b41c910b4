package kernel

import (
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// product is a set of matrix products with packed weights. Their rows are found by a table or lie
// ldx apart. Groups of columns and images each have rows of their own.
type product struct {
	rows, k, n, taps int
	groups           int // each has n columns and reads k numbers of x
	ldx, ldy         int
	images           int // 0 means 1
	xImage, yImage   int // from image to image
	table            *simd.Table
	w                []float32 // packed, one group after the other
	live             bool      // they are packed in the call's shared memory instead, from packed on
	packed           int
	epilogue         Epilogue
	shared           bool // x is the call's shared memory, not its first input
	accumulate       bool // the sum starts from what is in the output
}

// phases divides the product. A piece is an image, a group, a range of rows and a strip of columns.
// If all weights fit in the cache, pieces that read the same rows are adjacent; otherwise those
// that read the same weights.
func (p *product) phases(threads int) []Phase {
	if p.images == 0 {
		p.images = 1
	}
	if p.rows == 0 || p.n == 0 || p.images == 0 {
		return nil
	}
	strips, tile := simd.Strips(p.n), simd.TileRows()
	size := simd.PackedLen(p.taps, p.k, p.n)
	const cache = 1 << 17 // floats: half of a second-level cache of 1 MiB
	step := p.rows
	rowsFirst := size <= cache && strips > 1
	if rowsFirst { // the rows are then few enough to stay there too
		step = max(8*tile, cache/4/max(1, p.k))
	}
	if whole := p.images * p.groups * strips; threads > 1 && whole*ceilDiv(p.rows, step) < 4*threads {
		step = min(step, ceilDiv(p.rows, ceilDiv(4*threads, whole)))
	}
	step = ceilDiv(step, tile) * tile
	parts := ceilDiv(p.rows, step)
	lo, hi := p.epilogue.Activation.clamp()
	zero := make([]float32, p.k)
	return []Phase{{
		Pieces: p.images * p.groups * parts * strips, Cost: min(step, p.rows) * p.k * p.taps * min(p.n, simd.Strip()) / 8,
		Do: func(c *Call, _ []float32, from, to int) {
			x, w, bias := c.Shared, p.w, p.epilogue.bias(c)
			if p.live {
				w = c.Shared[p.packed:]
			}
			if !p.shared {
				x = c.In[0]
			}
			for i := from; i < to; i++ {
				rest, part, s := i, 0, 0
				if rowsFirst {
					rest, s = rest/strips, rest%strips
					rest, part = rest/parts, rest%parts
				} else {
					rest, part = rest/parts, rest%parts
					rest, s = rest/strips, rest%strips
				}
				image, g := rest/p.groups, rest%p.groups
				first, width, columns := simd.StripAt(s, p.n)
				column := g*p.n + first
				m := simd.Product{
					X: x[image*p.xImage+g*p.k:], Table: p.table, Zero: zero, K: p.k, LdX: p.ldx,
					W: w[g*size+p.taps*p.k*first:], Width: width, Columns: columns,
					Y: c.Out[0][image*p.yImage+column:], LdY: p.ldy, Lo: lo, Hi: hi, Accumulate: p.accumulate,
				}
				if bias != nil {
					m.Bias = bias[column:][:columns]
				}
				if r := p.epilogue.Residual; r > 0 {
					m.Residual, m.LdR = c.In[r][image*p.yImage+column:], p.ldy
				}
				p.run(&m, part*step, min(p.rows, (part+1)*step), column)
			}
		},
	}}
}

// run computes the rows from lo to hi of one strip, which begins with that column, and applies any
// activation other than a clamp while they are in the first-level cache.
func (p *product) run(m *simd.Product, lo, hi, column int) {
	if !p.epilogue.Activation.apart() {
		m.First, m.Rows = lo, hi-lo
		m.Run()
		return
	}
	tile := simd.TileRows()
	step := ceilDiv(max(8*tile, run/m.Columns), tile) * tile
	for r := lo; r < hi; r += step {
		m.First, m.Rows = r, min(step, hi-r)
		m.Run()
		p.epilogue.Activation.applyRows(m.Y[r*p.ldy:], m.Rows, m.Columns, p.ldy, column)
	}
}

// packs lets the weights be packed at run time, from input in, behind what k shares already. Column n of row i of a tap of
// a group is at group*strideGroup + tap*strideTap + i*strideK + n*strideN. A piece is a strip of a group.
func (p *product) packs(k *Bound, in, strideGroup, strideTap, strideK, strideN int) {
	p.live, p.packed = true, cacheLine(k.Shared)
	size, strips := simd.PackedLen(p.taps, p.k, p.n), simd.Strips(p.n)
	k.Shared = p.packed + size*p.groups
	k.Phases = append(k.Phases, Phase{Pieces: p.groups * strips, Cost: size / strips, Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			g := i / strips
			first, width, columns := simd.StripAt(i%strips, p.n)
			to := c.Shared[p.packed+g*size+p.taps*p.k*first:][:p.taps*p.k*width]
			simd.PackStrips(to, c.In[in][g*strideGroup+first*strideN:], p.taps, p.k, columns, strideTap, strideK, strideN)
		}
	}})
}

// cacheLine rounds a number of float32 up to whole cache lines.
func cacheLine(n int) int { return (n + 15) &^ 15 }
