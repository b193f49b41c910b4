package simplify

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// SetInput makes the named input of m a constant, so that it leaves the model's interface and what depends on it can be
// folded. value is one number, true, false or text, or several with commas between: one for all elements, or one for each
// of an input with at most one extent that is not a number.
func SetInput(m *graph.Model, name, value string) error {
	g := m.Graph
	at := slices.IndexFunc(g.Inputs, func(v *graph.Value) bool { return v.Name == name })
	if at < 0 {
		var names []string
		for _, v := range g.Inputs {
			names = append(names, v.Name)
		}
		return fmt.Errorf("set: want the name of an input, one of %s; %q is none", strings.Join(names, ", "), name)
	}
	v := g.Inputs[at]
	t, err := filled(v.Type, strings.Split(value, ","))
	if err != nil {
		return fmt.Errorf("set: input %q: %w", name, err)
	}
	g.Inputs = slices.Delete(slices.Clone(g.Inputs), at, at+1)
	g.SetConst(v, t)
	return nil
}

// mostSet bounds the elements of an input that is set.
const mostSet = 1 << 20

// filled returns a tensor of the type with these elements.
func filled(of graph.Type, elements []string) (*graph.Tensor, error) {
	if of.Shape == nil || of.DType == graph.Undefined || of.DType == graph.Sequence {
		return nil, fmt.Errorf("want a tensor of known rank, have %v", of)
	}
	shape, count, open := make([]int, len(of.Shape)), 1, -1
	for i, d := range of.Shape {
		n, known := d.Value()
		if !known {
			if open >= 0 {
				return nil, fmt.Errorf("want at most one extent that is not a number, have %v", of)
			}
			open, n = i, 1
		}
		if shape[i] = n; n > 0 && count > mostSet/n {
			return nil, fmt.Errorf("want at most %d elements, have %v", mostSet, of)
		}
		count *= n
	}
	if open >= 0 && count > 0 && len(elements)%count == 0 {
		shape[open] = len(elements) / count
		count = len(elements)
	}
	if len(elements) == 1 {
		elements = slices.Repeat(elements, count)
	}
	if len(elements) != count {
		return nil, fmt.Errorf("want one number or %d, as in %v, have %d", count, of, len(elements))
	}
	return parsed(of.DType, shape, elements)
}

// parsed parses the elements as d.
func parsed(d graph.DType, shape []int, elements []string) (*graph.Tensor, error) {
	if d == graph.String {
		return graph.TensorOf(elements, shape...), nil
	}
	var floats []float64
	var raw []byte
	for _, e := range elements {
		e = strings.TrimSpace(e)
		switch {
		case d == graph.Bool:
			b, err := strconv.ParseBool(e)
			if err != nil {
				return nil, fmt.Errorf("want true or false, have %q", e)
			}
			raw = append(raw, map[bool]byte{true: 1}[b])
		case d.IsInt() && d.Bits() >= 8:
			n, err := strconv.ParseInt(e, 10, 64)
			if err != nil || !holds(d, n) {
				return nil, fmt.Errorf("want a number of type %v, have %q", d, e)
			}
			for range d.Bits() / 8 { // tensors are little-endian, as in files
				raw = append(raw, byte(n))
				n >>= 8
			}
		default:
			x, err := strconv.ParseFloat(e, 64)
			if err != nil || math.IsNaN(x) {
				return nil, fmt.Errorf("want a number, have %q", e)
			}
			floats = append(floats, x)
		}
	}
	if floats != nil {
		if t, ok := graph.FromFloats(d, floats, shape...); ok {
			return t, nil
		}
		return nil, fmt.Errorf("inputs of type %v cannot be set", d)
	}
	return graph.FromRaw(d, shape, raw)
}

// holds reports whether d, an integer type, has the number n.
func holds(d graph.DType, n int64) bool {
	signed := d == graph.Int8 || d == graph.Int16 || d == graph.Int32 || d == graph.Int64
	bits := d.Bits()
	if !signed {
		return n >= 0 && (bits >= 63 || n < 1<<bits)
	}
	return bits == 64 || n >= -1<<(bits-1) && n < 1<<(bits-1)
}
