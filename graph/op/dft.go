package op

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	d := Def{
		Name: "DFT", Doc: "the discrete Fourier transform along an axis, complex numbers being pairs on the last one; https://onnx.ai/onnx/operators/onnx__DFT.html",
		Since: 17, Until: 19, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-4, 1e-4},
		Infer:     inferDFT, Eval: evalDFT,
	}
	register(d)
	d.Since, d.Until, d.MaxIn = 20, Latest, 3
	register(d)
}

// dftAxis returns the axis that is transformed: an attribute before opset 20, an input from then
// on. ok is false if it is not known.
func dftAxis(n *graph.Node, in []*graph.Tensor, rank int) (axis int, ok bool, err error) {
	axis = n.Int("axis", 1)
	if n.Version >= 20 {
		axis = -2
		switch t := vectorOf(n, in, 2); {
		case t != nil:
			v, err := oneNumber("axis", t)
			if err != nil {
				return 0, false, err
			}
			axis = graph.Saturate(v)
		case n.In(2) != nil:
			return 0, false, nil
		}
	}
	if axis, err = normalAxis(axis, rank); err == nil && axis == rank-1 {
		err = fmt.Errorf("axis: the last one holds the parts of complex numbers")
	}
	return axis, true, err
}

// checkComplex rejects a last axis that holds neither real numbers nor pairs.
func checkComplex(parts graph.Dim) error {
	if v, known := parts.Value(); known && v != 1 && v != 2 {
		return fmt.Errorf("want 1 or 2 numbers on the last axis, have %d", v)
	}
	return nil
}

// oneSided reports whether only the first half of a spectrum is wanted; the other half mirrors it.
func oneSided(n *graph.Node, def int, parts graph.Dim) (bool, error) {
	one := n.Int("onesided", def) != 0
	switch {
	case one && n.Int("inverse", 0) != 0:
		return false, fmt.Errorf("onesided: the inverse of half a spectrum is not supported")
	case one && parts.Is(2):
		return false, fmt.Errorf("onesided: the spectrum of complex numbers has no mirror half")
	}
	return one, nil
}

func inferDFT(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	rank := len(x.Shape)
	if rank < 2 {
		return nil, fmt.Errorf("want at least 2 axes, have shape %v", x.Shape)
	}
	axis, ok, err := dftAxis(n, nil, rank)
	if err != nil {
		return nil, err
	}
	if err := checkComplex(x.Shape[rank-1]); err != nil {
		return nil, err
	}
	one, err := oneSided(n, 0, x.Shape[rank-1])
	if err != nil {
		return nil, err
	}
	out := x.Shape.Clone()
	out[rank-1] = graph.Size(2)
	if !ok {
		return []graph.Type{graph.TensorType(x.DType, append(unknownShape(rank-1), graph.Size(2)))}, nil
	}
	if n.In(1) != nil {
		out[axis], _ = oneElem(n, 1)
	}
	if one {
		size, known := out[axis].Value()
		if out[axis] = graph.Unknown; known {
			out[axis] = graph.Size(size/2 + 1)
		}
	}
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

func evalDFT(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	rank := x.Rank()
	axis, _, err := dftAxis(n, in, rank)
	if err != nil {
		return nil, err
	}
	z, err := complexes(x)
	if err != nil {
		return nil, err
	}
	one, err := oneSided(n, 0, graph.Size(x.Shape()[rank-1]))
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(x.Shape()[:rank-1])
	length := int64(dims[axis])
	if len(in) > 1 && in[1] != nil {
		if length, err = oneNumber("dft_length", in[1]); err != nil {
			return nil, err
		}
	}
	if length < 1 || length > mostTransformed {
		return nil, fmt.Errorf("dft_length: want 1 to %d, have %d", mostTransformed, length)
	}
	out := slices.Clone(dims)
	if out[axis] = int(length); one {
		out[axis] = int(length)/2 + 1
	}
	if err := mustFit(append(out[:rank-1:rank-1], 2)); err != nil {
		return nil, err
	}
	from, to := lanesOver(dims, axis, axis+1), lanesOver(out, axis, axis+1)
	y := make([]complex128, volume(out))
	buf := make([]complex128, max(int(length), dims[axis]))
	var firsts []int
	to.each(func(_, first int) { firsts = append(firsts, first) })
	from.each(func(lane, first int) {
		clear(buf)
		take(from, z, first, buf)
		put(to, y, firsts[lane], transform(buf[:length], out[axis], n.Int("inverse", 0) != 0))
	})
	t, err := fromComplexes(x.DType(), y, out)
	return []*graph.Tensor{t}, err
}

// mostTransformed bounds the length of a transform. Its work here is the square of the length.
const mostTransformed = 1 << 16

// transform returns the first count numbers of the discrete Fourier transform of x, or of its
// inverse.
func transform(x []complex128, count int, inverse bool) []complex128 {
	n := len(x)
	turns := make([]complex128, n)
	for k := range turns {
		angle := -2 * math.Pi * float64(k) / float64(n)
		if inverse {
			angle = -angle
		}
		turns[k] = cmplx.Rect(1, angle)
	}
	y := make([]complex128, count)
	for k := range y {
		for j, e := range x {
			y[k] += e * turns[k*j%n]
		}
		if inverse {
			y[k] /= complex(float64(n), 0)
		}
	}
	return y
}

// complexes reads the last axis of x as complex numbers, given as pairs of parts or as real parts
// alone.
func complexes(x *graph.Tensor) ([]complex128, error) {
	if x.Rank() < 2 {
		return nil, fmt.Errorf("want at least 2 axes, have shape %v", x.Shape())
	}
	parts := x.Shape()[x.Rank()-1]
	if parts != 1 && parts != 2 {
		return nil, fmt.Errorf("want 1 or 2 numbers on the last axis, have %d", parts)
	}
	v, ok := graph.Floats(x)
	if !ok || !x.DType().IsFloat() {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	z := make([]complex128, len(v)/parts)
	for i := range z {
		z[i] = complex(v[i*parts], 0)
		if parts == 2 {
			z[i] = complex(v[2*i], v[2*i+1])
		}
	}
	return z, nil
}

// fromComplexes is the inverse of complexes and always writes both parts.
func fromComplexes(d graph.DType, z []complex128, dims []int) (*graph.Tensor, error) {
	v := make([]float64, 0, 2*len(z))
	for _, e := range z {
		v = append(v, real(e), imag(e))
	}
	return fromFloats(d, v, append(slices.Clone(dims), 2))
}
