package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() {
	bind(bindVariadic, "Sum", "Max", "Min", "Mean")
	bind(bindPRelu, "PRelu")
}

// elementwise starts a bound kernel for operands that are broadcast to output 0.
func (q *Request) elementwise(name string, operands []Array) (*Bound, *lines) {
	out, read := walked(q.Out[0], operands)
	k := &Bound{Name: name, Out: []Array{out}, In: q.orders()}
	return k, linesOf(out, read...)
}

// bindVariadic folds any number of operands from the left, a run of the output at a time.
func bindVariadic(q *Request) (*Bound, error) {
	op := q.Node.Op
	if len(q.Node.Inputs()) == 2 && op != "Mean" {
		return bindBinary(q)
	}
	operands := q.In[:len(q.Node.Inputs())]
	if !floating(operands...) {
		return nil, ErrUnfit
	}
	z, scale := binary[op], float32(1)
	if op == "Mean" {
		z, scale = binary["Sum"], 1/float32(len(operands))
	}
	if len(operands) == 1 {
		if scale != 1 {
			return nil, ErrUnfit
		}
		return Reorder(operands[0], operands[0].Order), nil
	}
	k, l := q.elementwise("variadic", operands)
	for i, o := range operands {
		if o.Rank() == k.Out[0].Rank() && o.Len() == k.Out[0].Len() {
			k.In[i] = k.Out[0].Order
		} else {
			k.In[i] = o.Order
		}
	}
	k.Phases = []Phase{l.phase(len(operands), func(c *Call, _ []float32, l line) {
		to := c.Out[0][l.to():][:l.n]
		z.line(to, c.In[0][l.at(0):], c.In[1][l.at(1):], l.step(0), l.step(1))
		for i := 2; i < len(operands); i++ {
			z.line(to, to, c.In[i][l.at(i):], 1, l.step(i))
		}
		if scale != 1 {
			simd.MulNumber(to, to, scale)
		}
	})}
	return k, nil
}

// bindPRelu multiplies negative numbers by a slope, if the slopes are constants.
func bindPRelu(q *Request) (*Bound, error) {
	if q.Node.Version < 7 { // before opset 7 the slopes are per channel and do not broadcast as usual
		return nil, ErrUnfit
	}
	x, slope := q.in(0), q.in(1)
	if !floating(x, slope) || slope.Const == nil || slope.Rank() > x.Rank() || slices.ContainsFunc(graph.Data[float32](slope.Const), notFinite) {
		return nil, ErrUnfit // an infinite slope times 0 is NaN
	}
	k, l := q.elementwise("prelu", []Array{x, slope})
	k.In[0] = k.Out[0].Order
	if slope.Rank() == x.Rank() && slope.Len() == x.Len() {
		k.In[1] = k.Out[0].Order
	}
	k.InPlace = []int{0}
	k.Own = l.part
	if len(l.outer) == 1 && l.step(1) == 1 && l.steps[1][0] == 0 && l.n < run { // one row of slopes for all rows
		rows, n := l.outer[0], l.n
		k.Own = l.group * n
		k.Phases = []Phase{{Pieces: ceilDiv(rows, l.group), Cost: l.group * n * 3, Do: func(c *Call, own []float32, lo, hi int) {
			for i := lo; i < hi; i++ {
				from, to := i*l.group*n, min(rows, (i+1)*l.group)*n
				y, x, below := c.Out[0][from:to], c.In[0][from:to], own[:to-from]
				simd.MinNumber(below, x, 0)
				simd.MulRows(below, below, c.In[1], (to-from)/n, n, n, n, 0)
				simd.MaxNumber(y, x, 0)
				simd.Add(y, y, below)
			}
		}}}
		return k, nil
	}
	k.Phases = []Phase{l.phase(4, func(c *Call, own []float32, l line) {
		y, x, s := c.Out[0][l.to():][:l.n], c.In[0][l.at(0):][:l.n], c.In[1][l.at(1):]
		if l.step(1) == 0 {
			simd.LeakyRelu(y, x, s[0])
			return
		}
		below := own[:l.n]
		simd.MinNumber(below, x, 0)
		if l.step(1) == 1 {
			simd.Mul(below, below, s[:l.n])
		} else {
			for i := range below {
				below[i] *= s[i*l.step(1)]
			}
		}
		simd.MaxNumber(y, x, 0)
		simd.Add(y, y, below)
	})}
	return k, nil
}

func notFinite(x float32) bool { return x-x != 0 }

// copyRun fills to with numbers that lie step apart.
func copyRun(to, from []float32, step int) {
	switch step {
	case 0:
		fill(to, from[0])
	case 1:
		copy(to, from[:len(to)])
	default:
		for i := range to {
			to[i] = from[i*step]
		}
	}
}
