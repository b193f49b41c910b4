package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/kernel/simd"
)

func init() {
	bind(bindMatMul, "MatMul")
	bind(bindGemm, "Gemm")
}

// packedMatrix is the form of a packed right factor.
type packedMatrix struct {
	transposed bool
	alpha      float32
}

// packedFactor gives w, k x n or transposed, times alpha, packed.
func (q *Request) packedFactor(w *graph.Tensor, k, n int, form packedMatrix) []float32 {
	return q.Weights.of(w, form, func() []float32 {
		src, strideK, strideN := graph.Data[float32](w), n, 1
		if form.transposed {
			strideK, strideN = 1, k
		}
		all := Aligned(simd.PackedLen(1, k, n))
		simd.PackStrips(all, src, 1, k, n, 0, strideK, strideN)
		if form.alpha != 1 {
			for i := range all {
				all[i] *= form.alpha
			}
		}
		return all
	})
}

// bindMatMul multiplies stacks of matrices: a constant right factor by all rows at once, others one by one.
func bindMatMul(q *Request) (*Bound, error) {
	a, b, y := q.in(0), q.in(1), q.Out[0]
	if !floating(a, b) || a.Rank() < 2 || b.Rank() < 2 || y.Len() == 0 || a.Len() == 0 {
		return nil, ErrUnfit
	}
	k, n := a.Dims[a.Rank()-1], y.Dims[y.Rank()-1]
	if b.Const == nil || b.Len() != k*n || a.Rank() != y.Rank() {
		return bindStack(q)
	}
	bound := &Bound{Name: "matmul", In: q.orders()}
	if !innermost(a, a.Rank()-1, a.Rank()) { // rows may lie in any order, which is then the result's
		a.Order = nil
	}
	bound.In[0], y.Order = a.Order, a.Order
	bound.Out = []Array{y}
	if r := q.Epilogue.Residual; r > 0 {
		bound.In[r] = y.Order
	}
	p := &product{rows: a.Len() / k, k: k, n: n, taps: 1, groups: 1, ldx: k, ldy: n, epilogue: q.Epilogue,
		w: q.packedFactor(b.Const, k, n, packedMatrix{alpha: 1})}
	bound.Phases = p.phases(q.Threads)
	return bound, nil
}

// bindGemm covers a constant B, with a C that is a bias or has the extents of the result.
func bindGemm(q *Request) (*Bound, error) {
	a, b, c, y := q.in(0), q.in(1), q.in(2), q.Out[0]
	if !floating(a, b) || b.Const == nil || a.Rank() != 2 || b.Rank() != 2 || y.Len() == 0 || a.Len() == 0 {
		return nil, ErrUnfit
	}
	alpha, beta := q.Node.Float("alpha", 1), q.Node.Float("beta", 1)
	bound := &Bound{Name: "gemm", Out: []Array{y}, In: q.orders()}
	rows, n := y.Dims[0], y.Dims[1]
	k := a.Len() / rows
	if q.Node.Int("transA", 0) != 0 {
		bound.In[0] = []int{1, 0}
	}
	e := q.Epilogue
	if c.DType != graph.Undefined && beta != 0 {
		switch {
		case c.Const != nil && floats(c.Const) && e.Bias == nil && (c.Len() == 1 || c.Len() == n && c.Dims[c.Rank()-1] == n):
			e.Bias = rowOf(c.Const, n, beta)
		case floating(c) && beta == 1 && e.Residual == 0 && slices.Equal(c.Dims, y.Dims):
			e.Residual = 2
		default:
			return nil, ErrUnfit
		}
	}
	p := &product{rows: rows, k: k, n: n, taps: 1, groups: 1, ldx: k, ldy: n, epilogue: e,
		w: q.packedFactor(b.Const, k, n, packedMatrix{q.Node.Int("transB", 0) != 0, alpha})}
	bound.Phases = p.phases(q.Threads)
	return bound, nil
}

// rowOf is beta times c, of n numbers or one for all.
func rowOf(c *graph.Tensor, n int, beta float32) *graph.Tensor {
	v := graph.Data[float32](c)
	if beta == 1 && len(v) == n {
		return c
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = beta * v[i%len(v)]
	}
	return graph.TensorOf(out, n)
}

// bindStack multiplies matrices one by one, packing the right factor of each as it comes. Matrices are read where they lie,
// whatever the order of the axes that count them, and the result is written in the order that is wanted.
func bindStack(q *Request) (*Bound, error) {
	a, b, y := q.in(0), q.in(1), q.Out[0]
	if q.Epilogue.Bias != nil || q.Epilogue.Residual > 0 {
		return nil, ErrUnfit
	}
	rank := y.Rank()
	k := a.Dims[a.Rank()-1]
	rows, n := y.Dims[rank-2], y.Dims[rank-1]
	if a.Dims[a.Rank()-2] != rows || b.Dims[b.Rank()-1] != n {
		return nil, ErrUnfit
	}
	bound := &Bound{Name: "matmul", In: q.orders()}
	if !innermost(a, a.Rank()-1, a.Rank()) {
		a.Order = nil
	}
	if w := q.Want; len(w) == rank && w[rank-1] == rank-1 {
		y.Order = w
	}
	bound.In[0], bound.In[1] = a.Order, b.Order
	bound.Out = []Array{y}
	batch := y.Dims[:rank-2]
	sa, sb, sy := broadcastStack(a, rank), broadcastStack(b, rank), y.Strides()
	strideA, strideK, strideN, strideY := rowStride(a), rowStride(b), b.Strides()[b.Rank()-1], sy[rank-2]
	count := volume(batch)
	bound.Own = simd.PackedLen(1, k, n)
	act := q.Epilogue.Activation
	lo32, hi32 := act.clamp()
	parts := 1 // of the rows, where there are few matrices
	if q.Threads > 1 && count < 2*q.Threads {
		parts = min(ceilDiv(2*q.Threads, count), ceilDiv(rows, 8*simd.TileRows()))
	}
	step := ceilDiv(ceilDiv(rows, parts), simd.TileRows()) * simd.TileRows()
	parts = ceilDiv(rows, step)
	bound.Phases = []Phase{{Pieces: count * parts, Cost: step * k * n / 8, Do: func(c *Call, own []float32, lo, hi int) {
		packed := -1
		for i := lo; i < hi; i++ {
			item, first := i/parts, i%parts*step
			if at := at(item, batch, sb); at != packed {
				simd.PackStrips(own, c.In[1][at:], 1, k, n, 0, strideK, strideN)
				packed = at
			}
			x, to := c.In[0][at(item, batch, sa):], c.Out[0][at(item, batch, sy):]
			for s := range simd.Strips(n) {
				from, width, columns := simd.StripAt(s, n)
				m := simd.Product{X: x, K: k, LdX: strideA, W: own[k*from:], Width: width, Columns: columns,
					Y: to[from:], LdY: strideY, Lo: lo32, Hi: hi32, First: first, Rows: min(step, rows-first)}
				m.Run()
				if act.F != nil {
					for r := first; r < first+m.Rows; r++ {
						act.F(m.Y[r*strideY:][:columns], m.Y[r*strideY:][:columns])
					}
				}
			}
		}
	}}}
	return bound, nil
}

// rowStride is how far apart the rows of each matrix of a lie.
func rowStride(a Array) int { return a.Strides()[a.Rank()-2] }

// broadcastStack is the strides of a, without its last two axes, along those of a stack of that rank.
func broadcastStack(a Array, rank int) []int {
	s := make([]int, rank-2)
	own := a.Strides()
	skip := rank - a.Rank()
	for d := range a.Rank() - 2 {
		if a.Dims[d] != 1 {
			s[skip+d] = own[d]
		}
	}
	return s
}
