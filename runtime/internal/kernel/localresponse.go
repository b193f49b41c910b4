package kernel

import (
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindLRN, "LRN") }

// bindLRN divides by a power of the sum over neighbouring channels, if square roots can compute
// that power.
func bindLRN(q *Request) (*Bound, error) {
	x, size, beta := q.in(0), q.Node.Int("size", 0), q.Node.Float("beta", 0.75)
	if !floating(x) || x.Rank() < 2 || size < 1 || beta != 0.5 && beta != 0.75 && beta != 1 {
		return nil, ErrUnfit
	}
	alpha, bias := q.Node.Float("alpha", 1e-4)/float32(size), q.Node.Float("bias", 1)
	n := x.Dims[1]
	x.Order = innermostOrder(x, 1, 2)
	k := &Bound{Name: "localresponse", Out: []Array{Float32(x.Dims...).In(x.Order)}, In: q.orders(), InPlace: []int{0}}
	k.In[0] = x.Order
	k.Own = 2 * n
	if x.Len() == 0 {
		return k, nil
	}
	rows := x.Len() / n
	group := max(1, min(rows, 1024/n))
	k.Phases = []Phase{{Pieces: ceilDiv(rows, group), Cost: group * n * (8 + min(size, n)) / 4, Do: func(c *Call, own []float32, lo, hi int) {
		for i := lo * group; i < min(rows, hi*group); i++ {
			localResponse(c.Out[0][i*n:(i+1)*n], c.In[0][i*n:(i+1)*n], own[:n], own[n:2*n], size, alpha, bias, beta)
		}
	}}}
	return k, nil
}

// localResponse computes one line of channels.
func localResponse(y, x, squares, total []float32, size int, alpha, bias, beta float32) {
	n := len(x)
	simd.Mul(squares, x, x)
	clear(total)
	for by := max(1-n, -(size-1)/2); by <= min(n-1, size/2); by++ { // channels to the left or the right
		from, to := max(0, -by), min(n, n-by)
		simd.Add(total[from:to], total[from:to], squares[from+by:to+by])
	}
	simd.MulNumber(total, total, alpha)
	simd.AddNumber(total, total, bias)
	if beta < 1 {
		simd.Sqrt(total, total)
	}
	if beta == 0.75 {
		simd.Sqrt(squares, total)
		simd.Mul(total, total, squares)
	}
	simd.Div(y, x, total)
}
