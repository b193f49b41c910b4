package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
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

// packedFactor returns w, which is k x n or transposed, times alpha, packed.
func (q *Request) packedFactor(w *graph.Tensor, k, n int, form packedMatrix) []float32 {
	return q.Weights.of(w, form, func() []float32 {
		all := Aligned(simd.PackedLen(1, k, n))
		if form.transposed {
			packRows(all, w, 0, 1, k, n)
		} else {
			packColumns(all, w, k, n)
		}
		if form.alpha != 1 {
			for i := range all {
				all[i] *= form.alpha
			}
		}
		return all
	})
}

// bindMatMul multiplies stacks of matrices: a constant right factor by all rows at once, others one
// by one.
func bindMatMul(q *Request) (*Bound, error) {
	a, b := q.in(0), q.in(1)
	if a.Rank() == 1 || b.Rank() == 1 {
		return bindVectors(q)
	}
	if !floating(a, b) || a.Rank() < 2 || b.Rank() < 2 || a.Dims[a.Rank()-1] == 0 {
		return nil, ErrUnfit
	}
	k, n := a.Dims[a.Rank()-1], b.Dims[b.Rank()-1]
	batch, ok := broadcast(a.Dims[:a.Rank()-2], b.Dims[:b.Rank()-2])
	if !ok || b.Dims[b.Rank()-2] != k {
		return nil, ErrUnfit // Eval says why
	}
	y := Float32(append(slices.Clone(batch), a.Dims[a.Rank()-2], n)...)
	if y.Len() == 0 {
		return &Bound{Name: "matmul", In: q.orders(), Out: []Array{y}}, nil
	}
	if b.Len() != k*n || a.Rank() != y.Rank() {
		return bindStack(q, y)
	}
	bound := rowsBound(q, a, y, "matmul")
	p := &product{rows: a.Len() / k, k: k, n: n, taps: 1, groups: 1, ldx: k, ldy: n, epilogue: q.Epilogue}
	if b.Const != nil {
		p.w = q.packedFactor(b.Const, k, n, packedMatrix{alpha: 1})
	} else {
		bound.Unread, bound.In[1] = nil, b.Order
		p.packs(bound, 1, 0, 0, rowStride(b), b.Strides()[b.Rank()-1])
	}
	bound.Phases = append(bound.Phases, p.phases(q.Threads)...)
	return bound, nil
}

// rowsBound returns a kernel without phases for the product of the rows of a and a constant matrix.
// The rows may lie in any order, which the result then has too.
func rowsBound(q *Request, a, y Array, name string) *Bound {
	bound := &Bound{Name: name, In: q.orders(), Unread: []int{1}}
	if !innermost(a, a.Rank()-1, a.Rank()) {
		a.Order = nil
	}
	bound.In[0], y.Order = a.Order, rowsOrder(a)
	bound.Out = []Array{y}
	if r := q.Epilogue.Residual; r > 0 {
		bound.In[r] = y.Order
	}
	return bound
}

// rowsOrder returns a's order with the last axis innermost. If that axis has one position it may
// lie anywhere in a, but not in the result.
func rowsOrder(a Array) []int {
	if a.Order == nil {
		return nil
	}
	last := a.Rank() - 1
	return append(slices.DeleteFunc(slices.Clone(a.Order), func(d int) bool { return d == last }), last)
}

// bindVectors treats a vector on the left as a matrix of one row, and one on the right as a matrix
// of one column. The result lacks that axis.
func bindVectors(q *Request) (*Bound, error) {
	r := *q
	r.In, r.Want = slices.Clone(q.In), nil
	rows, columns := q.In[0].Rank() > 1, q.In[1].Rank() > 1
	if !rows {
		r.In[0].Dims, r.In[0].Order = []int{1, q.In[0].Len()}, nil
	} else {
		r.In[0].Order = nil
	}
	if !columns {
		r.In[1].Dims, r.In[1].Order = []int{q.In[1].Len(), 1}, nil
	}
	if q.Epilogue.Residual > 0 || q.Epilogue.Bias != nil || q.Epilogue.Activation.ByColumn {
		return nil, ErrUnfit
	}
	k, err := bindMatMul(&r)
	if err != nil {
		return nil, err
	}
	d := k.Out[0].Dims
	dims := slices.Clone(d[:len(d)-2])
	if rows {
		dims = append(dims, d[len(d)-2])
	}
	if columns {
		dims = append(dims, d[len(d)-1])
	}
	k.Out[0] = Float32(dims...)
	for i := range k.In[:2] { // the orders were those of the matrices
		if q.In[i].Rank() == 1 {
			k.In[i] = nil
		}
	}
	return k, nil
}

// gemm is a Gemm with known extents.
type gemm struct {
	rows, k, n int
	b          *graph.Tensor // nil if it is computed
	transposed bool          // the rows of B are the columns of the product
	alpha      float32
	beta       float32
	epilogue   Epilogue
	begin      Array // the initial value of the sum, if C is neither a bias nor of the result's extents
}

// newGemm decodes a Gemm with a constant B and with a C that is a bias or is added to the result.
// It also returns a kernel for it without phases. It returns ErrUnfit for any other Gemm.
func newGemm(q *Request) (*gemm, *Bound, error) {
	if q.in(1).Const == nil {
		return nil, nil, ErrUnfit
	}
	return decodeGemm(q)
}

// decodeGemm is newGemm for a B that may be computed.
func decodeGemm(q *Request) (*gemm, *Bound, error) {
	a, b, c := q.in(0), q.in(1), q.in(2)
	if !floating(a, b) || a.Rank() != 2 || b.Rank() != 2 || a.Len() == 0 || b.Len() == 0 {
		return nil, nil, ErrUnfit
	}
	g := &gemm{rows: a.Dims[0], k: a.Dims[1], n: b.Dims[1], b: b.Const, epilogue: q.Epilogue,
		alpha: q.Node.Float("alpha", 1), beta: q.Node.Float("beta", 1), transposed: q.Node.Int("transB", 0) != 0}
	bound := &Bound{Name: "gemm", In: q.orders()}
	if b.Const != nil {
		bound.Unread = []int{1}
	}
	if q.Node.Int("transA", 0) != 0 {
		bound.In[0] = []int{1, 0}
		g.rows, g.k = g.k, g.rows
	}
	within := b.Dims[0]
	if g.transposed {
		g.n, within = within, g.n
	}
	if within != g.k {
		return nil, nil, ErrUnfit // Eval says why
	}
	y, e := Float32(g.rows, g.n), &g.epilogue
	bound.Out = []Array{y}
	if c.DType == graph.Undefined || g.beta == 0 {
		return g, bound, nil
	}
	switch {
	case c.Const != nil && floats(c.Const) && e.Bias == nil && (c.Len() == 1 || c.Len() == g.n && c.Dims[c.Rank()-1] == g.n):
		e.Bias = rowOf(c.Const, g.n, g.beta)
	case c.Const == nil && floating(c) && g.beta == 1 && e.Bias == nil && c.Rank() == 1 && c.Len() == g.n:
		e.BiasIn = 2
	case floating(c) && g.beta == 1 && e.Residual == 0 && slices.Equal(c.Dims, y.Dims):
		e.Residual = 2
	default:
		if dims, ok := broadcast(y.Dims, c.Dims); !ok || !slices.Equal(dims, y.Dims) || !floating(c) || e.Bias != nil {
			return nil, nil, ErrUnfit
		}
		g.begin = c
	}
	return g, bound, nil
}

// bindGemm binds a Gemm. A B that is computed is packed in each run.
func bindGemm(q *Request) (*Bound, error) {
	if q.in(1).Const == nil && q.Node.Float("alpha", 1) != 1 {
		return nil, ErrUnfit
	}
	g, bound, err := decodeGemm(q)
	if err != nil {
		return nil, err
	}
	accumulate := g.begin.DType != graph.Undefined
	if accumulate {
		y, n, beta := bound.Out[0], g.n, g.beta
		bound.Phases = append(bound.Phases, stridedCopy(2, 0, 0, y, broadcastStrides(g.begin.In(nil), y.Dims)).phase())
		if beta != 1 {
			bound.Phases = append(bound.Phases, Phase{Pieces: g.rows, Cost: n, Do: func(c *Call, _ []float32, lo, hi int) {
				simd.MulNumber(c.Out[0][lo*n:hi*n], c.Out[0][lo*n:hi*n], beta)
			}})
		}
	}
	p := &product{rows: g.rows, k: g.k, n: g.n, taps: 1, groups: 1, ldx: g.k, ldy: g.n, epilogue: g.epilogue, accumulate: accumulate}
	switch {
	case g.b != nil:
		p.w = q.packedFactor(g.b, g.k, g.n, packedMatrix{g.transposed, g.alpha})
	case g.transposed:
		p.packs(bound, 1, 0, 0, 1, g.k)
	default:
		p.packs(bound, 1, 0, 0, g.n, 1)
	}
	bound.Phases = append(bound.Phases, p.phases(q.Threads)...)
	return bound, nil
}

// rowOf returns beta times c, which has n numbers or one for all.
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

// bindStack multiplies matrices one by one and packs the right factor of each at run time. Matrices
// are read where they lie, whatever the order of the stacking axes, and the result is written in
// the order that is wanted.
func bindStack(q *Request, y Array) (*Bound, error) {
	a, b := q.in(0), q.in(1)
	if q.Epilogue.Bias != nil || q.Epilogue.Residual > 0 {
		return nil, ErrUnfit
	}
	rank := y.Rank()
	k := a.Dims[a.Rank()-1]
	rows, n := y.Dims[rank-2], y.Dims[rank-1]
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
	parts := 1 // of the rows, if there are few matrices
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
				if act.apart() {
					act.applyRows(m.Y[first*strideY:], m.Rows, columns, strideY, from)
				}
			}
		}
	}}}
	return bound, nil
}

// rowStride returns the distance between the rows of each matrix of a.
func rowStride(a Array) int { return a.Strides()[a.Rank()-2] }

// broadcastStack returns the strides of a, without its last two axes, along the axes of a stack of
// that rank.
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
