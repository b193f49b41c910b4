package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() {
	sparseBinders["MatMul"] = sparseBinder{
		matrix: func(q *Request) (weightMatrix, error) {
			p, _, err := sparseMatMul(q)
			if err != nil {
				return weightMatrix{}, err
			}
			return p.weights, nil
		},
		bind: func(q *Request, block int) (*Bound, error) { return bindSparseRows(q, block, sparseMatMul) },
	}
	sparseBinders["Gemm"] = sparseBinder{
		matrix: func(q *Request) (weightMatrix, error) {
			p, _, err := sparseGemm(q)
			if err != nil {
				return weightMatrix{}, err
			}
			return p.weights, nil
		},
		bind: func(q *Request, block int) (*Bound, error) { return bindSparseRows(q, block, sparseGemm) },
	}
}

// sparseRows multiplies contiguous rows of x by the nonzero weights.
type sparseRows struct {
	rows, k, n int
	weights    weightMatrix // of n rows
	alpha      float32      // factor of the weights
	epilogue   Epilogue
	stretches  []stretch
}

// sparseMatMul decodes a MatMul with a constant right factor of two axes.
func sparseMatMul(q *Request) (*sparseRows, *Bound, error) {
	a, b := q.in(0), q.in(1)
	if !floating(a, b) || b.Const == nil || b.Rank() < 2 || a.Rank() < b.Rank() || a.Len() == 0 {
		return nil, nil, ErrUnfit
	}
	k, n := b.Dims[b.Rank()-2], b.Dims[b.Rank()-1]
	if b.Len() != k*n || n == 0 || a.Dims[a.Rank()-1] != k {
		return nil, nil, ErrUnfit
	}
	y := Float32(append(slices.Clone(a.Dims[:a.Rank()-1]), n)...)
	p := &sparseRows{rows: a.Len() / k, k: k, n: n, alpha: 1, epilogue: q.Epilogue,
		weights: weightMatrix{tensor: b.Const, rows: n, columns: k, transposed: true}}
	return p, rowsBound(q, a, y, "sparse matmul"), nil
}

// sparseGemm decodes what Gemm's binder does, except for a C of other extents.
func sparseGemm(q *Request) (*sparseRows, *Bound, error) {
	g, bound, err := newGemm(q)
	if err != nil || g.begin.DType != graph.Undefined {
		return nil, nil, ErrUnfit
	}
	bound.Name = "sparse gemm"
	p := &sparseRows{rows: g.rows, k: g.k, n: g.n, alpha: g.alpha, epilogue: g.epilogue,
		weights: weightMatrix{tensor: g.b, rows: g.n, columns: g.k, transposed: !g.transposed}}
	return p, bound, nil
}

// fewRows is the largest number of rows that are multiplied one by one. With more, a register holds
// one number of each row.
const fewRows = 4

func bindSparseRows(q *Request, block int, decode func(*Request) (*sparseRows, *Bound, error)) (*Bound, error) {
	p, k, err := decode(q)
	if err != nil {
		return nil, err
	}
	if p.epilogue.Activation.ByColumn {
		return nil, ErrUnfit
	}
	p.bind(q, k, block)
	return k, nil
}

// bind gives k its phases.
func (p *sparseRows) bind(q *Request, k *Bound, block int) {
	few := p.rows <= fewRows
	tile, rows := p.tile(block), runRows
	step := 1 // from one number of a row to the next
	if few {
		rows = 0
	} else {
		step = tile
		k.Own = (p.k + runRows) * tile
	}
	form := sparseMatrixForm{block: block, step: step, alpha: p.alpha, transposed: p.weights.transposed}
	p.stretches = stretchesOf(formed(q.Weights, p.weights.tensor, form, func() ([]*entries, int64) {
		all := p.weights.entries(block, func(column int) int { return column * step })
		for _, e := range all {
			if p.alpha != 1 {
				simd.MulNumber(e.values, e.values, p.alpha)
			}
		}
		return all, sparseBytes(all)
	}), rows)
	if few {
		k.Phases = []Phase{p.vectors()}
	} else {
		k.Phases = []Phase{p.tiles(tile)}
	}
}

// sparseMatrixForm is the form of a compressed matrix.
type sparseMatrixForm struct {
	block, step int
	alpha       float32
	transposed  bool
}

// runRows is how many outputs of a tile of rows are computed before they are written.
const runRows = 64

// tile returns how many rows of x are transposed at a time: enough to fill a few registers, and few
// enough to stay in the cache.
func (p *sparseRows) tile(block int) int {
	const cache = 1 << 17 // floats: half of a second-level cache of 1 MiB
	n := simd.SparseTile(block)
	for n > 16 && n*p.k > cache {
		n -= 16
	}
	return min(n, ceilDiv(p.rows, 16)*16)
}

// vectors multiplies row by row. A piece is a row and a stretch of outputs.
func (p *sparseRows) vectors() Phase {
	cost := 0
	for _, r := range p.stretches {
		cost += r.cost()
	}
	e := &p.epilogue
	return Phase{Pieces: p.rows * len(p.stretches), Cost: ceilDiv(cost*8, len(p.stretches)), Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			row, r := i/len(p.stretches), p.stretches[i%len(p.stretches)]
			first, n := r.rows()
			s := r.product(e, c.In[0][row*p.k:][:p.k])
			v := simd.SparseVector{X: s.X, Rows: s.Rows, Starts: s.Starts, Offsets: s.Offsets, Values: s.Values, Groups: s.Groups,
				Y: c.Out[0][row*p.n+first:][:n], Bias: s.Bias, Lo: s.Lo, Hi: s.Hi}
			if at := e.Residual; at > 0 {
				v.Residual = c.In[at][row*p.n+first:][:n]
			}
			v.Run()
			if f := e.Activation.F; f != nil {
				f(v.Y, v.Y)
			}
		}
	}}
}

// tiles multiplies tile rows at a time. It transposes them so that the numbers of one column are
// contiguous, and transposes the result back.
func (p *sparseRows) tiles(tile int) Phase {
	cost := 0
	for _, r := range p.stretches {
		cost += r.cost()
	}
	e, after := p.epilogue.apart()
	return Phase{Pieces: ceilDiv(p.rows, tile), Cost: (cost + p.k + p.n) * tile, Do: func(c *Call, own []float32, lo, hi int) {
		x, out := own[:p.k*tile], own[p.k*tile:]
		for i := lo; i < hi; i++ {
			first, n := i*tile, min(tile, p.rows-i*tile)
			simd.Transpose(x, c.In[0][first*p.k:], n, p.k, p.k, tile)
			for _, r := range p.stretches {
				row, rows := r.rows()
				s := r.product(&e, x)
				s.Y, s.LdY, s.Width, s.Pitch, s.Lines, s.Count = out, tile, n, n, 1, n
				s.Run()
				simd.Transpose(c.Out[0][first*p.n+row:], out, rows, n, tile, p.n)
			}
			y := c.Out[0][first*p.n:][:n*p.n]
			if e.Residual > 0 {
				simd.Add(y, y, c.In[e.Residual][first*p.n:][:n*p.n])
			}
			after.apply(y)
		}
	}}
}
