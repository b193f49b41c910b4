package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	d := Def{
		Name: "Clip", Doc: "at least min, at most max; https://onnx.ai/onnx/operators/onnx__Clip.html",
		Since: 1, Until: 10, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Elementwise: true, Tolerance: Exact,
		Infer: inferClip, Couple: coupleSame, Grad: gradClip, Eval: evalClip,
	}
	register(d)
	d.Since, d.Until, d.MaxIn = 11, Latest, 3 // min and max became inputs
	register(d)
}

func inferClip(n *graph.Node) ([]graph.Type, error) {
	for i := 1; i < 3; i++ {
		if s := inShape(n, i); len(s) > 1 || (len(s) == 1 && s[0].Known() && !s[0].Is(1)) {
			return nil, fmt.Errorf("input %d: want a scalar, have shape %v", i, s)
		}
	}
	types, err := inferSame(n)
	for _, e := range inputElems(n, 0) {
		types[0].Elems = append(types[0].Elems, clipDim(n, e))
	}
	return types, err
}

// clipDim returns e clipped to the bounds if all three are known numbers.
func clipDim(n *graph.Node, e graph.Dim) graph.Dim {
	v, known := e.Int64()
	for i, bound := range []func(x, y int64) int64{func(x, y int64) int64 { return max(x, y) }, func(x, y int64) int64 { return min(x, y) }} {
		if n.In(1+i) == nil {
			continue
		}
		b := inputElems(n, 1+i)
		if !known || len(b) != 1 || !b[0].Known() {
			return graph.Unknown
		}
		to, _ := b[0].Int64()
		v = bound(v, to)
	}
	if !known {
		return e
	}
	return graph.Size64(v)
}

func evalClip(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	for i, b := range in {
		if i > 0 && b != nil && (b.Len() != 1 || b.DType() != in[0].DType()) {
			return nil, fmt.Errorf("input %d: want one %v, have %v%v", i, in[0].DType(), b.DType(), b.Shape())
		}
	}
	x := in[0]
	if v, ok := graph.Ints(x); ok && x.DType().IsInt() {
		lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
		if len(in) > 1 && in[1] != nil {
			b, _ := graph.Ints(in[1])
			lo = b[0]
		}
		if len(in) > 2 && in[2] != nil {
			b, _ := graph.Ints(in[2])
			hi = b[0]
		}
		for i := range v {
			v[i] = min(max(v[i], lo), hi)
		}
		t, err := fromInts(x.DType(), v, x.Shape())
		return []*graph.Tensor{t}, err
	}
	lo, hi := math.Inf(-1), math.Inf(1)
	if n.Version < 11 {
		lo, hi = float64(n.Float("min", -math.MaxFloat32)), float64(n.Float("max", math.MaxFloat32))
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	if len(v) > 1 && v[1] != nil {
		lo = v[1][0]
	}
	if len(v) > 2 && v[2] != nil {
		hi = v[2][0]
	}
	return evalPointwise(x, func(e float64) float64 { return min(max(e, lo), hi) }, false)
}

// gradClip needs the output alone: it lies between the bounds where the input did.
func gradClip(b *Backward) error {
	if b.wants(1) || b.wants(2) {
		return noGradient("by the bounds")
	}
	lo, hi := math.Inf(-1), math.Inf(1)
	if b.Node.Version < 11 {
		lo, hi = float64(b.Node.Float("min", -math.MaxFloat32)), float64(b.Node.Float("max", math.MaxFloat32))
	}
	for i, to := range []*float64{&lo, &hi} {
		if v := b.in(1 + i); v != nil {
			if !v.IsConstant() {
				return noGradient("bounds that are computed")
			}
			f, _ := graph.Floats(v.Const)
			*to = f[0]
		}
	}
	if b.wants(0) {
		b.set(0, b.slope("Clip", b.out(0), graph.FloatAttr("min", float32(lo)), graph.FloatAttr("max", float32(hi))))
	}
	return nil
}
