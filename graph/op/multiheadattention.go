package op

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "MultiHeadAttention", Domain: microsoft,
		Doc:   "attention of queries, keys and values that are projected already; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MultiHeadAttention",
		Since: 1, Until: 1, MinIn: 1, MaxIn: 10, MinOut: 1, MaxOut: 4,
		Tolerance: Tolerance{1e-5, 1e-5},
		Takes: func(n *graph.Node, i int) Interval {
			if i == 4 && len(inShape(n, i)) == 1 { // lengths; a mask of more axes is 0 or 1
				return atLeastOne(i)(n, i)
			}
			return Any
		},
		Infer: inferMultiHeadAttention, Couple: coupleMultiHeadAttention, Resize: resizeMultiHeadAttention,
		Cost: costMultiHeadAttention, Eval: evalMultiHeadAttention,
	})
}

// multiHead holds the extents of a MultiHeadAttention. Those that nothing determines are unknown.
type multiHead struct {
	heads             int
	batch, rows, keys graph.Dim // keys of the node itself, without past ones
	size, values      graph.Dim
	split             bool // keys and values have an axis of heads
}

const packedHeads = "queries, keys and values in one tensor are not supported"

// multiHeadOf reads shapes and num_heads. Known shapes must be consistent.
func multiHeadOf(n *graph.Node) (m multiHead, err error) {
	for i, ranks := range [][]int{{3, 5}, {3, 4, 5}, {3, 4}, {1}, {1, 2, 3}, {4}, {4}, {4}} {
		name := []string{"query", "key", "value", "bias", "key_padding_mask", "attention_bias", "past_key", "past_value"}[i]
		if err := wantRank(n, i, name, ranks...); err != nil {
			return m, err
		}
	}
	q, k, v := inShape(n, 0), inShape(n, 1), inShape(n, 2)
	if len(q) == 5 || len(k) == 5 || n.In(1) == nil || n.In(2) == nil {
		return m, errors.New(packedHeads)
	}
	m = multiHead{n.Int("num_heads", 0), graph.Unknown, graph.Unknown, graph.Unknown, graph.Unknown, graph.Unknown, len(k) == 4}
	if m.heads < 1 {
		return m, fmt.Errorf("num_heads: want a positive number, have %d", m.heads)
	}
	if k != nil && v != nil && len(k) != len(v) {
		return m, fmt.Errorf("key and value: want the same axes, have shapes %v and %v", k, v)
	}
	if q != nil {
		m.batch, m.rows = q[0], q[1]
		if m.size, err = perHead("query", q[2], m.heads); err != nil {
			return m, err
		}
	}
	if k != nil {
		m.keys = k[len(k)-2]
	}
	if len(v) == 4 {
		m.values = v[3]
	} else if v != nil {
		m.values, err = perHead("value", v[2], m.heads)
	}
	return m, err
}

func inferMultiHeadAttention(n *graph.Node) ([]graph.Type, error) {
	m, err := multiHeadOf(n)
	if err != nil {
		return nil, err
	}
	d := inType(n, 0).DType
	heads := graph.Size(m.heads)
	keys := m.keys.Add(pastPositions(n, 6, 2))
	if m.split {
		keys = m.keys
	}
	return []graph.Type{
		graph.TensorType(d, graph.Shape{m.batch, m.rows, heads.Mul(m.values)}),
		graph.TensorType(d, graph.Shape{m.batch, heads, keys, m.size}),
		graph.TensorType(d, graph.Shape{m.batch, heads, keys, m.values}),
		graph.TensorType(d, graph.Shape{m.batch, heads, m.rows, keys}),
	}, nil
}

func coupleMultiHeadAttention(n *graph.Node) (c Coupling, err error) {
	m, err := multiHeadOf(n)
	if err != nil {
		return c, err
	}
	a := newHeadAxes(&c, graph.Size(m.heads), graph.Size(1), m.size, m.values)
	batch := Out(0, 0)
	c.link(In(0, 0), batch)
	if hides := n.Int("unidirectional", 0) != 0 || n.In(4) != nil || n.In(5) != nil || n.Out(3) != nil; hides {
		c.pinAxis(In(0, 1), attended)
		c.pinAxis(Out(0, 1), attended)
	} else {
		c.link(In(0, 1), Out(0, 1))
	}
	c.madeOf(In(0, 2), a.heads, a.size)
	for i, size := range []factor{a.size, a.values} {
		if m.split {
			a.cache(&c, func(d int) Axis { return In(1+i, d) }, size, batch)
			continue
		}
		c.link(In(1+i, 0), batch)
		c.pinAxis(In(1+i, 1), attended)
		c.madeOf(In(1+i, 2), a.heads, size)
	}
	if m.split || n.In(6) != nil || n.In(7) != nil {
		a.tied(&c) // ONNX Runtime requires past keys and values of one shape
	}
	c.madeOf(Out(0, 2), a.heads, a.values)
	if n.In(3) != nil {
		c.Sum = append(c.Sum, Sum{In(3, 0), a.packed(&c)})
	}
	for _, i := range []int{4, 8, 9} {
		pinInput(&c, n, i, isParameter)
	}
	pinSamples(&c, n, batch, 4)
	a.bias(&c, n, 5, batch)
	for i, size := range []factor{a.size, a.values} {
		if n.In(6+i) != nil {
			a.cache(&c, func(d int) Axis { return In(6+i, d) }, size, batch)
		}
		if n.Out(1+i) != nil {
			a.cache(&c, func(d int) Axis { return Out(1+i, d) }, size, batch)
		}
	}
	a.scores(&c, n, 3, batch)
	return c, nil
}

func resizeMultiHeadAttention(n *graph.Node, kept Kept) error {
	m, err := multiHeadOf(n)
	if err == nil {
		resizeHeads(n, kept, "num_heads", "num_heads", m.size, n.Float("scale", 0) != 0)
	}
	return err
}

// costMultiHeadAttention counts the scores and the weighted values.
func costMultiHeadAttention(n *graph.Node) Cost {
	q, k, y := inShape(n, 0), inShape(n, 1), n.Out(0).Type.Shape
	if len(q) != 3 || len(k) < 3 || len(k) > 4 || len(y) != 3 {
		return Cost{graph.Unknown}
	}
	return Cost{q[0].Mul(q[1]).Mul(k[len(k)-2].Add(pastPositions(n, 6, 2))).Mul(q[2].Add(y[2]))}
}

func evalMultiHeadAttention(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	m, err := multiHeadOf(n)
	if err != nil {
		return nil, err
	}
	if tensorAt(in, 8) != nil || tensorAt(in, 9) != nil || n.Out(3) != nil {
		return nil, fmt.Errorf("past_sequence_length, cache_indirection and qk are not supported")
	}
	dims := in[0].Shape()
	if rank := in[1].Rank(); len(dims) != 3 || rank != in[2].Rank() || (rank != 3 && rank != 4) {
		return nil, fmt.Errorf("query, key and value of shapes %v, %v and %v do not go together", dims, in[1].Shape(), in[2].Shape())
	}
	a := dotProduct{batch: dims[0], heads: m.heads, repeat: 1, rows: dims[1], size: dims[2] / m.heads}
	q, k, v, err := a.readHeads(in)
	if err != nil {
		return nil, err
	}
	a.scale = statedScale(n, a.size)
	if a.bias, err = microsoftBias(n, &a, tensorAt(in, 4), tensorAt(in, 5)); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	d := in[0].DType()
	y := joinHeads(a.run(q, k, v), a.batch, a.heads, a.rows, a.values)
	out := make([]*graph.Tensor, len(n.Outputs()))
	if out[0], err = fromFloats(d, y, []int{a.batch, a.rows, a.heads * a.values}); err != nil {
		return nil, err
	}
	for i, x := range [][]float64{k, v} {
		if n.Out(1+i) != nil {
			size := []int{a.size, a.values}[i]
			if out[1+i], err = fromFloats(d, x, []int{a.batch, a.heads, a.keys, size}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// readHeads returns queries, keys and values with their biases added and the past ones before them.
// Keys and values that have an axis of heads belong to another sequence and are used unchanged.
func (a *dotProduct) readHeads(in []*graph.Tensor) (q, k, v []float64, err error) {
	width := a.heads * a.size
	if q, err = floatsAt(in, 0, "query", a.batch, a.rows, width); err != nil {
		return nil, nil, nil, err
	}
	key, value := in[1].Shape(), in[2].Shape()
	a.keys, a.values = key[len(key)-2], value[len(value)-1]
	split := len(key) == 4
	if !split {
		a.values /= a.heads
	}
	bias, err := floatsAt(in, 3, "bias", 2*width+a.heads*a.values)
	if err != nil {
		return nil, nil, nil, err
	}
	q = splitHeads(addBias(q, bias, 0, width), a.batch, a.rows, width, 0, a.heads, a.size)
	if split {
		if k, err = floatsAt(in, 1, "key", a.batch, a.heads, a.keys, a.size); err == nil {
			v, err = floatsAt(in, 2, "value", a.batch, a.heads, a.keys, a.values)
		}
		if err == nil && (tensorAt(in, 6) != nil || tensorAt(in, 7) != nil) {
			err = fmt.Errorf("past_key: keys with an axis of heads have no past")
		}
		return q, k, v, err
	}
	if k, err = floatsAt(in, 1, "key", a.batch, a.keys, width); err != nil {
		return nil, nil, nil, err
	}
	if v, err = floatsAt(in, 2, "value", a.batch, a.keys, a.heads*a.values); err != nil {
		return nil, nil, nil, err
	}
	k = splitHeads(addBias(k, bias, width, width), a.batch, a.keys, width, 0, a.heads, a.size)
	v = splitHeads(addBias(v, bias, 2*width, a.heads*a.values), a.batch, a.keys, a.heads*a.values, 0, a.heads, a.values)
	k, v, err = a.withPast(in, 6, a.heads, k, v)
	return q, k, v, err
}

// withPast puts inputs i and i + 1, the past keys and values, before the new ones, and adds their
// positions to a.keys.
func (a *dotProduct) withPast(in []*graph.Tensor, i, heads int, k, v []float64) ([]float64, []float64, error) {
	if tensorAt(in, i) == nil && tensorAt(in, i+1) == nil {
		return k, v, nil
	}
	if tensorAt(in, i) == nil || tensorAt(in, i+1) == nil {
		return nil, nil, fmt.Errorf("past keys and past values: want both or none")
	}
	pk, err := floatsAt(in, i, "past_key", a.batch, heads, -1, a.size)
	if err != nil {
		return nil, nil, err
	}
	before := in[i].Shape()[2]
	pv, err := floatsAt(in, i+1, "past_value", a.batch, heads, before, a.values)
	if err != nil {
		return nil, nil, err
	}
	k = behind(pk, k, a.batch*heads, before, a.keys, a.size)
	v = behind(pv, v, a.batch*heads, before, a.keys, a.values)
	a.keys += before
	return k, v, nil
}

// addBias adds part of a bias, from the given element on, to every row. Without a bias it returns v
// itself.
func addBias(v, bias []float64, from, width int) []float64 {
	if bias == nil {
		return v
	}
	out := slices.Clone(v)
	for i := range out {
		out[i] += bias[from+i%width]
	}
	return out
}
