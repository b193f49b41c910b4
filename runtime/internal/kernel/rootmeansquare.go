package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() {
	bind(bindRMSNormalization, "RMSNormalization", "SimplifiedLayerNormalization")
	bind(bindLpNormalization, "LpNormalization")
	bind(bindSkipNormalization, "com.microsoft.SkipLayerNormalization", "com.microsoft.SkipSimplifiedLayerNormalization")
}

// bindRMSNormalization leaves to Eval nodes that output the factors, and those whose scale has
// another shape than the normalized axes.
func bindRMSNormalization(q *Request) (*Bound, error) {
	x, scale := q.in(0), q.in(1)
	if len(q.Out) != 1 || !floating(x, scale) {
		return nil, ErrUnfit
	}
	axis, err := op.DecodeLayerNormalization(q.Node, x.Rank())
	if err != nil || !slices.Equal(scale.Dims, x.Dims[axis:]) {
		return nil, ErrUnfit
	}
	n := scale.Len()
	epsilon := q.Node.Float("epsilon", 1e-5)
	x.Order = innermostOrder(x, axis, x.Rank())
	k := &Bound{Name: "rmsnormalization", Out: []Array{Float32(x.Dims...).In(x.Order)}, In: q.orders(), InPlace: []int{0}}
	k.In[0] = x.Order
	k.Phases = rowsOf(x.Len()/max(1, n), n, 4, func(c *Call, lo, hi int) {
		for i := lo; i < hi; i++ {
			simd.RMSNorm(c.Out[0][i*n:(i+1)*n], c.In[0][i*n:(i+1)*n], c.In[1][:n], epsilon)
		}
	})
	return k, nil
}

// bindLpNormalization divides lines by their norm. Lines of zeros stay as they are.
func bindLpNormalization(q *Request) (*Bound, error) {
	x := q.in(0)
	axis, p := q.Node.Int("axis", -1), q.Node.Int("p", 2)
	if axis < 0 {
		axis += x.Rank()
	}
	if !floating(x) || axis < 0 || axis >= x.Rank() || p != 1 && p != 2 {
		return nil, ErrUnfit
	}
	x.Order = innermostOrder(x, axis, axis+1)
	n := x.Dims[axis]
	k := &Bound{Name: "lpnormalization", Out: []Array{Float32(x.Dims...).In(x.Order)}, In: q.orders(), InPlace: []int{0}}
	k.In[0] = x.Order
	norm := func(x []float32) float64 { return math.Sqrt(sumSquares(x)) }
	if p == 1 {
		norm = sumAbs
	}
	k.Phases = rowsOf(x.Len()/max(1, n), n, 4, func(c *Call, lo, hi int) {
		for i := lo; i < hi; i++ {
			y, x := c.Out[0][i*n:(i+1)*n], c.In[0][i*n:(i+1)*n]
			by := norm(x)
			if by == 0 {
				copy(y, x)
				continue
			}
			for j, v := range x {
				y[j] = float32(float64(v) / by)
			}
		}
	})
	return k, nil
}

// bindSkipNormalization adds two inputs and a bias and normalizes the sum over the last axis. The
// sum may be an output; nodes that output statistics are left to Eval.
func bindSkipNormalization(q *Request) (*Bound, error) {
	simplified := q.Node.Op != "SkipLayerNormalization"
	atBeta, atBias := 3, 4
	if simplified {
		atBeta, atBias = -1, 3
	}
	x, skip := q.in(0), q.in(1)
	outputs := len(q.Node.Outputs())
	if !floating(x, skip, q.in(2)) || x.Rank() < 1 || x.Len() == 0 || outputs != 1 {
		return nil, ErrUnfit
	}
	n := x.Dims[x.Rank()-1]
	if q.in(2).Len() != n || q.in(2).Rank() != 1 {
		return nil, ErrUnfit
	}
	given := func(i int) bool { return i > 0 && i < len(q.Node.Inputs()) && q.Node.In(i) != nil }
	for _, i := range []int{atBeta, atBias} {
		if given(i) && (!floating(q.in(i)) || q.in(i).Len() != n) {
			return nil, ErrUnfit
		}
	}
	rows, skipRows := x.Len()/n, skip.Len()/n
	if skip.Rank() < 1 || skip.Rank() > x.Rank() || skip.Dims[skip.Rank()-1] != n || !slices.Equal(skip.Dims, x.Dims[x.Rank()-skip.Rank():]) && skipRows != 1 {
		return nil, ErrUnfit // some other broadcast
	}
	epsilon := q.Node.Float("epsilon", 1e-12)
	k := &Bound{Name: "skipnormalization", Out: []Array{Float32(x.Dims...)}, In: q.orders(), InPlace: []int{0}}
	if skipRows == rows {
		k.InPlace = append(k.InPlace, 1)
	}
	k.Phases = rowsOf(rows, n, 6, func(c *Call, lo, hi int) {
		var shift []float32
		if given(atBeta) {
			shift = c.In[atBeta][:n]
		}
		for i := lo; i < hi; i++ {
			y := c.Out[0][i*n : (i+1)*n]
			simd.Add(y, c.In[0][i*n:(i+1)*n], c.In[1][i%skipRows*n:][:n])
			if given(atBias) {
				simd.Add(y, y, c.In[atBias][:n])
			}
			if simplified {
				simd.RMSNorm(y, y, c.In[2][:n], epsilon)
			} else {
				simd.LayerNorm(y, y, c.In[2][:n], shift, epsilon)
			}
		}
	})
	return k, nil
}
