package lossless

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
)

func init() {
	for _, name := range []string{"Conv", "ConvTranspose", "Gemm", "BatchNormalization"} {
		transfers[name] = mapped
	}
	transfers["MatMul"] = func(f *facts, n *graph.Node, out, axis int, of *group.Group) []slice {
		if s := mapped(f, n, out, axis, of); s != nil {
			return s
		}
		return f.matmul(n, axis, of)
	}
}

// mapped returns the outputs of a node with constant weights: each is a row of weights times what is read.
func mapped(f *facts, n *graph.Node, out, axis int, of *group.Group) []slice {
	m := linear.Of(n)
	if m == nil || m.Opaque || out != 0 || axis != m.Out || m.Groups*m.Outs*m.Cols > mostCoefs {
		return nil
	}
	in := f.of(n.In(0), m.In, of)
	if len(in) != m.Groups*m.Cols/m.Taps {
		return nil
	}
	r := rows{facts: f, Map: m, weights: m.Weights(), bias: make([]float64, m.Groups*m.Outs), padded: pads(m)}
	if m.HasBias && m.Result == n.Out(0) { // otherwise the Add behind it adds the bias
		r.bias = m.Bias()
	}
	if n.Op == "Conv" && m.Taps > 1 || n.Op == "ConvTranspose" || !slices.Equal(n.Ints("strides"), slices.Repeat([]int{1}, len(n.Ints("strides")))) || r.padded {
		r.window = fmt.Sprintf("%s %v %s", kind(n), n.In(1).Const.Shape()[2:], rest(n.In(0), m.In))
	}
	var s []slice
	for k := range m.Groups {
		each := len(in) / m.Groups
		s = append(s, r.group(k, in[k*each:][:each])...)
	}
	return s
}

// pads reports whether some outputs of m see only part of the kernel, so that a constant input does not make a constant
// output.
func pads(m *linear.Map) bool {
	n := m.Node
	switch {
	case n.Op == "ConvTranspose":
		return true
	case n.Op != "Conv":
		return false
	case strings.HasPrefix(n.Str("auto_pad", "NOTSET"), "SAME"):
		return true
	}
	return slices.ContainsFunc(n.Ints("pads"), func(p int) bool { return p != 0 })
}

// rows makes the slices that a Map computes.
type rows struct {
	*facts
	*linear.Map
	weights, bias []float64
	padded        bool
	window        string // how a convolution reads; empty if it reads every position as it is
}

// group makes the slices of one group from what that group reads.
func (r *rows) group(k int, in []slice) []slice {
	var syms []symbol
	for _, x := range in {
		if (x.sym != one || r.padded) && !x.zero() {
			syms = append(syms, x.sym)
		}
	}
	slices.Sort(syms)
	syms = slices.Compact(syms)
	at := map[symbol]int{}
	var atoms []symbol
	for _, s := range syms {
		at[s] = len(atoms)
		for t := range r.Taps {
			if a := s; r.window == "" {
				atoms = append(atoms, a)
			} else {
				atoms = append(atoms, r.named(fmt.Sprintf("tap %d of %d %s", t, s, r.window)))
			}
		}
	}
	key := listed("sum", atoms)
	out := make([]slice, r.Outs)
	for o := range out {
		w := r.weights[(k*r.Outs+o)*r.Cols:][:r.Cols]
		f := form{atoms: atoms, coefs: make([]float64, len(atoms)), c: r.bias[k*r.Outs+o]}
		bounds := point(f.c)
		for i, x := range in {
			base, known := at[x.sym]
			seen := x.interval
			if r.padded {
				seen = seen.hull(point(0))
			}
			for t := range r.Taps {
				v := w[i*r.Taps+t]
				if v == 0 || x.zero() {
					continue
				}
				bounds = bounds.plus(seen.scaled(v))
				if known {
					f.coefs[base+t] += v * x.scale
				} else {
					f.c += v * x.scale
				}
			}
		}
		out[o] = r.sum(key, f, bounds)
	}
	return out
}

// matmul is the product of two computed values, along the axes that are not contracted.
// https://onnx.ai/onnx/operators/onnx__MatMul.html
func (f *facts) matmul(n *graph.Node, axis int, of *group.Group) []slice {
	a, b, rank := n.In(0), n.In(1), len(n.Out(0).Type.Shape)
	if len(a.Type.Shape) != rank || len(b.Type.Shape) != rank || rank < 2 {
		return nil
	}
	var x, y []slice
	if axis != rank-1 {
		x = f.of(a, axis, of)
	}
	if axis != rank-2 {
		y = f.of(b, axis, of)
	}
	extent, _ := n.Out(0).Type.Shape[axis].Value()
	if x == nil {
		x = slices.Repeat([]slice{f.whole(a)}, extent)
	}
	if y == nil {
		y = slices.Repeat([]slice{f.whole(b)}, extent)
	}
	if len(x) != extent || len(y) != extent {
		return nil
	}
	out := make([]slice, extent)
	for i := range out {
		if x[i].zero() || y[i].zero() {
			out[i] = constant(0)
			continue
		}
		key := listed(fmt.Sprintf("matmul %d %s %s", axis, a.Type.Shape, b.Type.Shape), []symbol{x[i].sym, y[i].sym})
		out[i] = slice{anything, f.named(key), x[i].scale * y[i].scale}
	}
	return out
}
