package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// The operators that ONNX Runtime fuses,
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md, are bound as the
// operators they consist of.

func init() {
	bind(bindUnary, "com.microsoft.Gelu", "com.microsoft.QuickGelu")
	bind(bindBiased, "com.microsoft.BiasGelu", "com.microsoft.FastGelu")
	bind(bindFusedConv, "com.microsoft.FusedConv")
	bind(bindFusedGemm, "com.microsoft.FusedGemm")
	bind(bindFusedMatMul, "com.microsoft.FusedMatMul")
}

// activationNamed returns the activation that a fused operator names. The parameters are in the
// order in which the operator of that name lists its attributes. Missing ones have the defaults of
// that operator.
func activationNamed(name string, params []float32) (a Activation, ok bool) {
	p := func(i int, byDefault float32) float32 {
		if i < len(params) {
			return params[i]
		}
		return byDefault
	}
	a = NoActivation
	a.Cost = 4
	switch name {
	case "":
	case "Relu":
		a.Lo = 0
	case "Clip":
		a.Lo, a.Hi = p(0, -math.MaxFloat32), p(1, math.MaxFloat32)
		return a, a.Lo <= a.Hi
	case "Sigmoid":
		a.F = simd.Sigmoid
	case "Tanh":
		a.F = simd.Tanh
	case "Softplus":
		a.F = simd.Softplus
	case "LeakyRelu":
		a.F = func(y, x []float32) { simd.LeakyRelu(y, x, p(0, 0.01)) }
	case "Elu":
		a.F = func(y, x []float32) { simd.Elu(y, x, p(0, 1)) }
	case "HardSigmoid":
		a.F = func(y, x []float32) { simd.HardSigmoid(y, x, p(0, 0.2), p(1, 0.5)) }
	default:
		return a, false
	}
	return a, true
}

// bindBiased computes Gelu, or its approximation, of a sum.
func bindBiased(q *Request) (*Bound, error) {
	f := simd.Gelu
	if q.Node.Op == "FastGelu" {
		f = simd.GeluTanh
	}
	x, bias := q.in(0), q.in(1)
	operands := []Array{x}
	if bias.DType != graph.Undefined {
		operands = append(operands, bias)
	}
	if !floating(operands...) || x.Rank() == 0 || bias.Rank() > 1 {
		return nil, ErrUnfit
	}
	k, l := q.elementwise("biasgelu", operands)
	k.In[0], k.InPlace = k.Out[0].Order, []int{0}
	k.Phases = []Phase{l.phase(6, func(c *Call, _ []float32, l line) {
		y, x := c.Out[0][l.to():][:l.n], c.In[0][l.at(0):][:l.n]
		if len(l.steps) > 1 {
			binary["Add"].line(y, x, c.In[1][l.at(1):], 1, l.step(1))
			x = y
		}
		f(y, x)
	})}
	return k, nil
}

// bindFusedConv computes Conv with an epilogue of its own.
func bindFusedConv(q *Request) (*Bound, error) {
	var params []float32
	if a := q.Node.Attr("activation_params"); a != nil {
		params = a.Floats
	}
	act, ok := activationNamed(q.Node.Str("activation", ""), params)
	if !ok || !q.Epilogue.none() {
		return nil, ErrUnfit
	}
	own := *q
	own.Epilogue = Epilogue{Activation: act}
	if z := q.in(3); z.DType != graph.Undefined {
		if !floating(z) || z.Len() != q.Out[0].Len() || z.Rank() != q.Out[0].Rank() {
			return nil, ErrUnfit
		}
		own.Epilogue.Residual = 3
	}
	return bindConv(&own)
}

// none reports whether the epilogue is empty.
func (e Epilogue) none() bool {
	return e.Bias == nil && e.BiasIn == 0 && e.Residual == 0 && e.Activation.None()
}

// bindFusedGemm computes Gemm with an activation.
func bindFusedGemm(q *Request) (*Bound, error) {
	var params []float32
	for _, name := range []string{"activation_alpha", "activation_beta", "activation_gamma"} {
		if q.Node.Attr(name) == nil {
			break
		}
		params = append(params, q.Node.Float(name, 0))
	}
	act, ok := activationNamed(q.Node.Str("activation", ""), params)
	if !ok || !q.Epilogue.none() {
		return nil, ErrUnfit
	}
	own := *q
	own.Epilogue.Activation = act
	return bindGemm(&own)
}

// bindFusedMatMul computes MatMul of matrices that may be transposed, times a number. A constant
// right factor is packed accordingly; others are read as views.
func bindFusedMatMul(q *Request) (*Bound, error) {
	n := q.Node
	a, b, y := q.in(0), q.in(1), q.Out[0]
	if !floating(a, b) || a.Rank() < 2 || b.Rank() < 2 || a.Len() == 0 || y.Len() == 0 || !q.Epilogue.none() ||
		n.Int("transBatchA", 0) != 0 || n.Int("transBatchB", 0) != 0 {
		return nil, ErrUnfit
	}
	alpha := n.Float("alpha", 1)
	own := *q
	own.In = []Array{a, b}
	if n.Int("transA", 0) != 0 {
		own.In[0] = a.transposed()
	}
	if n.Int("transB", 0) != 0 {
		own.In[1] = b.transposed()
	}
	columns := y.Dims[y.Rank()-1]
	if rows := own.In[0]; b.Const != nil && b.Rank() == 2 && rows.Rank() == y.Rank() {
		depth := rows.Dims[rows.Rank()-1]
		if !innermost(rows, rows.Rank()-1, rows.Rank()) {
			rows.Order = nil
		}
		k := &Bound{Name: "matmul", Out: []Array{y.In(rows.Order)}, In: q.orders()}
		k.In[0] = rows.Order
		p := &product{rows: rows.Len() / depth, k: depth, n: columns, taps: 1, groups: 1, ldx: depth, ldy: columns, epilogue: q.Epilogue,
			w: q.packedFactor(b.Const, depth, columns, packedMatrix{n.Int("transB", 0) != 0, alpha})}
		k.Phases = p.phases(q.Threads)
		return k.untransposed(n, "transA"), nil
	}
	if alpha != 1 {
		own.Epilogue.Activation = withNumber["Mul"](alpha)
	}
	k, err := bindStack(&own, y)
	if err != nil {
		return nil, err
	}
	return k.untransposed(n, "transA", "transB"), nil
}

// transposed returns a view of the array with its last two axes exchanged.
func (a Array) transposed() Array {
	rank := a.Rank()
	dims := append([]int{}, a.Dims...)
	dims[rank-2], dims[rank-1] = dims[rank-1], dims[rank-2]
	return Array{DType: a.DType, Dims: dims, Order: exchanged(a.Order, rank)}
}

// exchanged returns an order with the last two axes exchanged.
func exchanged(order []int, rank int) []int {
	o := Identity(rank)
	copy(o, order)
	for i, d := range o {
		switch d {
		case rank - 2:
			o[i] = rank - 1
		case rank - 1:
			o[i] = rank - 2
		}
	}
	return o
}

// untransposed sets the orders in which the inputs of n are read, for those that the named
// attributes say are transposed.
func (k *Bound) untransposed(n *graph.Node, names ...string) *Bound {
	for i, name := range names {
		if n.Int(name, 0) != 0 {
			k.In[i] = exchanged(k.In[i], len(n.In(i).Type.Shape))
		}
	}
	return k
}
