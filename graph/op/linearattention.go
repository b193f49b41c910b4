package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// LinearAttention keeps a matrix for each head instead of all keys and values. Its axes are not coupled yet: heads that
// are removed would have to leave the attributes and the state, too.
func init() {
	register(Def{
		Name:  "LinearAttention",
		Doc:   "attention by a recurrent state, linear, gated or with the delta rule; https://onnx.ai/onnx/operators/onnx__LinearAttention.html",
		Since: 27, Until: Latest, MinIn: 3, MaxIn: 6, MinOut: 1, MaxOut: 2,
		Tolerance: Tolerance{1e-5, 1e-4},
		Infer:     inferLinearAttention, Eval: evalLinearAttention,
	})
}

// linearAttention holds a LinearAttention's attributes.
type linearAttention struct {
	heads, shared int // heads of queries, and of keys and values
	gated, delta  bool
	scale         float64 // 0: one over the root of a head's size
}

func newLinearAttention(n *graph.Node) (a linearAttention, err error) {
	a = linearAttention{heads: n.Int("q_num_heads", 0), shared: n.Int("kv_num_heads", 0), scale: float64(n.Float("scale", 0))}
	if a.heads < 1 || a.shared < 1 || a.heads%a.shared != 0 {
		return a, fmt.Errorf("q_num_heads, kv_num_heads: want positive numbers, the first a multiple of the second, have %d and %d", a.heads, a.shared)
	}
	switch rule := n.Str("update_rule", "gated_delta"); rule {
	case "linear":
	case "gated":
		a.gated = true
	case "delta":
		a.delta = true
	case "gated_delta":
		a.gated, a.delta = true, true
	default:
		return a, fmt.Errorf("update_rule: want linear, gated, delta or gated_delta, have %q", rule)
	}
	if (n.In(4) != nil) != a.gated {
		return a, fmt.Errorf("decay: want it for the rules gated and gated_delta, and for no others")
	}
	if (n.In(5) != nil) != a.delta {
		return a, fmt.Errorf("beta: want it for the rules delta and gated_delta, and for no others")
	}
	return a, nil
}

func inferLinearAttention(n *graph.Node) ([]graph.Type, error) {
	a, err := newLinearAttention(n)
	if err != nil {
		return nil, err
	}
	for i, name := range map[int]string{0: "query", 1: "key", 2: "value", 4: "decay", 5: "beta"} {
		if err := wantRank(n, i, name, 3); err != nil {
			return nil, err
		}
	}
	if err := wantRank(n, 3, "past_state", 4); err != nil {
		return nil, err
	}
	q, v := inType(n, 0), inShape(n, 2)
	y, state := graph.TensorType(q.DType, unknownShape(3)), graph.TensorType(q.DType, unknownShape(4))
	if past := inType(n, 3); n.In(3) != nil && past.DType != graph.Undefined {
		state.DType = past.DType
	}
	state.Shape[1] = graph.Size(a.shared)
	if q.Shape != nil {
		y.Shape[0], y.Shape[1], state.Shape[0] = q.Shape[0], q.Shape[1], q.Shape[0]
		if state.Shape[2], err = divided(q.Shape[2], a.heads); err != nil {
			return nil, fmt.Errorf("query: %w", err)
		}
	}
	if v != nil {
		each, err := divided(v[2], a.shared)
		if err != nil {
			return nil, fmt.Errorf("value: %w", err)
		}
		y.Shape[2], state.Shape[3] = each.Mul(graph.Size(a.heads)), each
	}
	return []graph.Type{y, state}[:len(n.Outputs())], nil
}

func evalLinearAttention(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	a, err := newLinearAttention(n)
	if err != nil {
		return nil, err
	}
	qs, ks, vs := in[0].Shape(), in[1].Shape(), in[2].Shape()
	if len(qs) != 3 || len(ks) != 3 || len(vs) != 3 || qs[2]%a.heads != 0 || vs[2]%a.shared != 0 ||
		!slices.Equal(ks, []int{qs[0], qs[1], qs[2] / a.heads * a.shared}) || !slices.Equal(vs[:2], qs[:2]) {
		return nil, fmt.Errorf("query %v, key %v and value %v do not go together with %d and %d heads", qs, ks, vs, a.heads, a.shared)
	}
	size, wide := qs[2]/a.heads, vs[2]/a.shared
	stateDims := []int{qs[0], a.shared, size, wide}
	if err := mustFit(stateDims); err != nil {
		return nil, err
	}
	q, k, v, err := threeFloats(in)
	if err != nil {
		return nil, err
	}
	state, stateType := make([]float64, volume(stateDims)), in[0].DType()
	if t := tensorAt(in, 3); t != nil {
		if !slices.Equal(t.Shape(), stateDims) {
			return nil, fmt.Errorf("past_state: want shape %v, have %v", stateDims, t.Shape())
		}
		s, ok := graph.Floats(t)
		if !ok {
			return nil, fmt.Errorf("elements of type %v are not supported", t.DType())
		}
		stateType = t.DType()
		copy(state, s)
	}
	decay, err := a.perHead(in, 4, "decay", qs, size)
	if err != nil {
		return nil, err
	}
	beta, err := a.perHead(in, 5, "beta", qs, 1)
	if err != nil {
		return nil, err
	}
	if a.scale == 0 {
		a.scale = 1 / math.Sqrt(float64(size))
	}
	y := make([]float64, qs[0]*qs[1]*a.heads*wide)
	for i := range qs[0] * a.shared {
		b, h := i/a.shared, i%a.shared
		s := state[i*size*wide:][:size*wide]
		for t := range qs[1] {
			row := b*qs[1] + t
			a.update(s, k[(row*a.shared+h)*size:][:size], v[(row*a.shared+h)*wide:][:wide],
				func(d int) float64 { return decay(row, h, d) }, beta(row, h, 0))
			for g := range a.heads / a.shared {
				head := row*a.heads + h*(a.heads/a.shared) + g
				for d := range size {
					for e := range wide {
						y[head*wide+e] += a.scale * q[head*size+d] * s[d*wide+e]
					}
				}
			}
		}
	}
	out, err := fromFloats(in[0].DType(), y, []int{qs[0], qs[1], a.heads * wide})
	if err != nil {
		return nil, err
	}
	last, err := fromFloats(stateType, state, stateDims)
	return []*graph.Tensor{out, last}[:len(n.Outputs())], err
}

// update lets the state s, which has a row for each number of the key k, forget and take in the value v.
func (a linearAttention) update(s, k, v []float64, decay func(d int) float64, beta float64) {
	wide := len(v)
	if a.gated {
		for d := range k {
			for e := range v {
				s[d*wide+e] *= math.Exp(decay(d))
			}
		}
	}
	if a.delta { // what the state holds for the key is replaced
		v = slices.Clone(v)
		for e := range v {
			for d := range k {
				v[e] -= s[d*wide+e] * k[d]
			}
			v[e] *= beta
		}
	}
	for d := range k {
		for e := range v {
			s[d*wide+e] += k[d] * v[e]
		}
	}
}

// perHead returns a function of row, head and position in the head that reads input i, which has one number for each
// head, for all heads, or, with a size above 1, for each position of each.
func (a linearAttention) perHead(in []*graph.Tensor, i int, name string, rows []int, size int) (func(row, head, d int) float64, error) {
	t := tensorAt(in, i)
	if t == nil {
		return func(int, int, int) float64 { return 1 }, nil
	}
	v, ok := graph.Floats(t)
	dims := t.Shape()
	if !ok || len(dims) != 3 || !slices.Equal(dims[:2], rows[:2]) {
		return nil, fmt.Errorf("%s: want one for each of %v positions, have %v%v", name, rows[:2], t.DType(), dims)
	}
	switch last := dims[2]; {
	case last == a.shared:
		return func(row, head, _ int) float64 { return v[row*last+head] }, nil
	case last == 1 && size == 1:
		return func(row, _, _ int) float64 { return v[row] }, nil
	case last == a.shared*size:
		return func(row, head, d int) float64 { return v[row*last+head*size+d] }, nil
	}
	return nil, fmt.Errorf("%s: want a last axis of %d or %d, have shape %v", name, a.shared, a.shared*size, dims)
}

// threeFloats returns the elements of the first three inputs.
func threeFloats(in []*graph.Tensor) (a, b, c []float64, err error) {
	var all [3][]float64
	for i := range all {
		var ok bool
		if all[i], ok = graph.Floats(in[i]); !ok {
			return nil, nil, nil, fmt.Errorf("elements of type %v are not supported", in[i].DType())
		}
	}
	return all[0], all[1], all[2], nil
}
