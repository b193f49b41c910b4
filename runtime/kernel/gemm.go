package kernel

import (
	"github.com/pollard-dev/pollard/graph"
)

func init() { register(Kernel{Name: "gemm", Op: "Gemm", Prepare: prepareGemm}) }

// prepareGemm computes alpha A B + beta C. A constant B that is stored transposed
// is turned once here, because gonum reads rows of B three times as fast as columns.
func prepareGemm(n *graph.Node, consts []*graph.Tensor) (Func, error) {
	transA, transB := n.Int("transA", 0) != 0, n.Int("transB", 0) != 0
	alpha, beta := n.Float("alpha", 1), n.Float("beta", 1)
	var packed []float32
	if w := consts[1]; transB && floats(w) && w.Rank() == 2 {
		packed = transposed(graph.Data[float32](w), w.Shape()[0], w.Shape()[1])
	}
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		a, b, c := in[0], in[1], input(in, 2)
		if !floats(a, b) || (c != nil && !floats(c)) || a.Rank() != 2 || b.Rank() != 2 {
			return nil, ErrUnfit
		}
		m, k := a.Shape()[0], a.Shape()[1]
		if transA {
			m, k = k, m
		}
		kb, cols := b.Shape()[0], b.Shape()[1]
		if transB {
			kb, cols = cols, kb
		}
		if k != kb {
			return nil, ErrUnfit // and Eval says why
		}
		x := matrix{graph.Data[float32](a), a.Shape()[1], transA}
		w := matrix{graph.Data[float32](b), b.Shape()[1], transB}
		if packed != nil {
			w = matrix{packed, cols, false}
		}
		y := r.New(m, cols)
		out := graph.Data[float32](y)
		if !startWith(out, c, beta, m, cols) {
			r.Memory.Put(out)
			return nil, ErrUnfit
		}
		r.rowsMatmul(m, cols, k, alpha, x, w, out, cols)
		return one(y), nil
	}, nil
}

// startWith fills out, of m x n, with beta c where c broadcasts to it; a nil c is zero.
func startWith(out []float32, c *graph.Tensor, beta float32, m, n int) bool {
	if c == nil || beta == 0 {
		clear(out)
		return true
	}
	rows, cols := 1, 1
	switch s := c.Shape(); len(s) {
	case 0:
	case 1:
		cols = s[0]
	case 2:
		rows, cols = s[0], s[1]
	default:
		return false
	}
	if (rows != m && rows != 1) || (cols != n && cols != 1) {
		return false
	}
	v := graph.Data[float32](c)
	for i := range m {
		src := v
		if rows > 1 {
			src = v[i*cols:]
		}
		dst := out[i*n : (i+1)*n]
		switch {
		case cols == 1 && n > 1:
			for j := range dst {
				dst[j] = src[0]
			}
		default:
			copy(dst, src)
		}
		if beta != 1 {
			for j := range dst {
				dst[j] *= beta
			}
		}
	}
	return true
}

// transposed is the transpose of a rows x cols matrix. It goes by squares that the cache holds.
func transposed(v []float32, rows, cols int) []float32 {
	const side = 32
	out := make([]float32, len(v))
	for top := 0; top < rows; top += side {
		for left := 0; left < cols; left += side {
			for i := top; i < min(rows, top+side); i++ {
				for j := left; j < min(cols, left+side); j++ {
					out[j*rows+i] = v[i*cols+j]
				}
			}
		}
	}
	return out
}
