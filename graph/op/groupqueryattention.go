package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "GroupQueryAttention", Domain: microsoft,
		Doc:   "causal attention in which several heads of queries share one of keys and values; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.GroupQueryAttention",
		Since: 1, Until: 1, MinIn: 1, MaxIn: 16, MinOut: 1, MaxOut: 4,
		Tolerance: Tolerance{1e-5, 1e-5},
		Takes:     takesGroupQuery,
		Infer:     inferGroupQuery, Couple: coupleGroupQuery, Resize: resizeGroupQuery, Cost: costGroupQuery, Eval: evalGroupQuery,
	})
}

// groupQuery holds the extents of a GroupQueryAttention. Those that nothing determines are unknown.
type groupQuery struct {
	heads, repeat     int // heads of keys, and query heads for each of them
	batch, rows, size graph.Dim
	packed            bool // queries, keys and values are side by side in the first input
}

func groupQueryOf(n *graph.Node) (g groupQuery, err error) {
	if err := required(n, 0, 5, 6); err != nil {
		return g, err
	}
	for i, rank := range []int{3, 3, 3, 4, 4} {
		if err := wantRank(n, i, []string{"query", "key", "value", "past_key", "past_value"}[i], rank); err != nil {
			return g, err
		}
	}
	if err := wantRank(n, 10, "attention_bias", 4); err != nil {
		return g, err
	}
	queryHeads, heads := n.Int("num_heads", 0), n.Int("kv_num_heads", 0)
	if heads < 1 || queryHeads < 1 || queryHeads%heads != 0 || queryHeads > mostElements {
		return g, fmt.Errorf("num_heads, kv_num_heads: want a multiple of a positive number, have %d and %d", queryHeads, heads)
	}
	g = groupQuery{heads, queryHeads / heads, graph.Unknown, graph.Unknown, graph.Unknown, n.In(1) == nil}
	if g.packed != (n.In(2) == nil) {
		return g, fmt.Errorf("key, value: want both or none")
	}
	if q := inShape(n, 0); q != nil {
		g.batch, g.rows = q[0], q[1]
		all := queryHeads
		if g.packed {
			all += 2 * heads
		}
		g.size, err = perHead("query", q[2], all)
	}
	return g, err
}

func inferGroupQuery(n *graph.Node) ([]graph.Type, error) {
	g, err := groupQueryOf(n)
	if err != nil {
		return nil, err
	}
	d := inType(n, 0).DType
	cache := d
	if n.In(3) != nil {
		cache = inType(n, 3).DType
	}
	queryHeads := graph.Size(g.heads * g.repeat)
	present := graph.Shape{g.batch, graph.Size(g.heads), g.capacity(n), g.size}
	return []graph.Type{
		graph.TensorType(d, graph.Shape{g.batch, g.rows, queryHeads.Mul(g.size)}),
		graph.TensorType(cache, present), graph.TensorType(cache, present),
		graph.TensorType(d, graph.Shape{g.batch, queryHeads, g.rows, graph.Unknown}),
	}, nil
}

// capacity returns how many positions the present caches have: as many as the past ones or, if
// those are too few, as many as needed.
func (g *groupQuery) capacity(n *graph.Node) graph.Dim {
	past := pastPositions(n, 3, 2)
	if n.In(3) == nil {
		return g.rows
	}
	total := inputElems(n, 6)
	if len(total) == 1 {
		have, okH := past.Value()
		want, okW := total[0].Value()
		if okH && okW {
			return graph.Size(max(have, want))
		}
	}
	return graph.Unknown
}

// coupleGroupQuery pins the positions of a head. Queries, keys and values share them, and runtimes
// require a multiple of 8.
func coupleGroupQuery(n *graph.Node) (c Coupling, err error) {
	g, err := groupQueryOf(n)
	if err != nil {
		return c, err
	}
	if err := groupQuerySupported(n); err != nil {
		return c, err
	}
	a := newHeadAxes(&c, graph.Size(g.heads), graph.Size(g.repeat), g.size, g.size)
	a.tied(&c)
	c.pinAxis(a.size.axis, "a head of queries, keys and values has to have a multiple of 8 positions")
	batch := Out(0, 0)
	c.link(In(0, 0), batch)
	c.pinAxis(In(0, 1), attended)
	c.pinAxis(Out(0, 1), attended)
	if g.packed {
		c.Sum = append(c.Sum, Sum{In(0, 2), a.packed(&c)})
	} else {
		c.madeOf(In(0, 2), a.heads, a.repeat, a.size)
		for i := 1; i < 3; i++ {
			c.link(In(i, 0), batch)
			c.pinAxis(In(i, 1), attended)
			c.madeOf(In(i, 2), a.heads, a.size)
		}
	}
	c.madeOf(Out(0, 2), a.heads, a.repeat, a.size)
	for i := range 2 {
		if n.In(3+i) != nil {
			a.cache(&c, func(d int) Axis { return In(3+i, d) }, a.size, batch)
		}
		if n.Out(1+i) != nil {
			a.cache(&c, func(d int) Axis { return Out(1+i, d) }, a.size, batch)
		}
	}
	for i := 5; i < 10; i++ {
		pinInput(&c, n, i, isParameter)
	}
	pinSamples(&c, n, batch, 5, 9)
	a.bias(&c, n, 10, batch)
	if s := inShape(n, 11); len(s) == 1 {
		c.madeOf(In(11, 0), a.heads, a.repeat)
	}
	a.scores(&c, n, 3, batch)
	return c, nil
}

func resizeGroupQuery(n *graph.Node, kept Kept) error {
	g, err := groupQueryOf(n)
	if err == nil {
		resizeHeads(n, kept, "num_heads", "kv_num_heads", g.size, n.Float("scale", 0) != 0)
	}
	return err
}

// costGroupQuery counts the scores and the weighted values.
func costGroupQuery(n *graph.Node) Cost {
	q, y := inShape(n, 0), n.Out(0).Type.Shape
	if len(q) != 3 || y == nil {
		return Cost{graph.Unknown}
	}
	return Cost{y.Elems().Mul(graph.Size(2)).Mul(q[1].Add(pastPositions(n, 3, 2)))}
}

// groupQuerySupported returns an error for what the node asks for and this package does not
// support.
func groupQuerySupported(n *graph.Node) error {
	for _, name := range []string{"k_quant_type", "v_quant_type"} {
		if q := n.Str(name, "NONE"); q != "NONE" {
			return fmt.Errorf("%s: %q is not supported", name, q)
		}
	}
	for i := 12; i < 16; i++ {
		if n.In(i) != nil {
			return fmt.Errorf("input %d is not supported", i)
		}
	}
	if n.Int("sliding_window_cache", 0) != 0 || n.Out(3) != nil {
		return fmt.Errorf("sliding_window_cache and output_qk are not supported")
	}
	return nil
}

func evalGroupQuery(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	g, err := groupQueryOf(n)
	if err != nil {
		return nil, err
	}
	if err := groupQuerySupported(n); err != nil {
		return nil, err
	}
	s := in[0].Shape()
	if len(s) != 3 {
		return nil, fmt.Errorf("query: want 3 axes, have shape %v", s)
	}
	all := g.heads * g.repeat
	if g.packed {
		all += 2 * g.heads
	}
	a := dotProduct{batch: s[0], heads: g.heads * g.repeat, repeat: g.repeat, rows: s[1], size: s[2] / all}
	a.values, a.softcap = a.size, float64(n.Float("softcap", 0))
	a.scale = statedScale(n, a.size)
	q, k, v, err := a.groups(in, g)
	if err != nil {
		return nil, err
	}
	lengths, err := a.lengths(in)
	if err != nil {
		return nil, err
	}
	if n.Int("do_rotary", 0) != 0 {
		if err := a.rotate(n, in, g.heads, lengths, q, k); err != nil {
			return nil, err
		}
	}
	if k, v, err = a.fill(in, g.heads, lengths, k, v); err != nil {
		return nil, err
	}
	if a.bias, err = groupQueryBias(n, &a, lengths, tensorAt(in, 10)); err != nil {
		return nil, err
	}
	if a.sink, err = groupQuerySink(n, &a, in); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	y := joinHeads(a.run(q, k, v), a.batch, a.heads, a.rows, a.size)
	out := make([]*graph.Tensor, len(n.Outputs()))
	if out[0], err = fromFloats(in[0].DType(), y, []int{a.batch, a.rows, a.heads * a.size}); err != nil {
		return nil, err
	}
	for i, x := range [][]float64{k, v} {
		if n.Out(1+i) != nil {
			if out[1+i], err = fromFloats(in[0].DType(), x, []int{a.batch, g.heads, a.keys, a.size}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// groups returns queries, keys and values of the new positions, from one input or from three.
func (a *dotProduct) groups(in []*graph.Tensor, g groupQuery) (q, k, v []float64, err error) {
	heads, width := g.heads, in[0].Shape()[2]
	own := a.heads * a.size
	if q, err = floatsAt(in, 0, "query", a.batch, a.rows, -1); err != nil {
		return nil, nil, nil, err
	}
	if g.packed {
		if width != own+2*heads*a.size {
			return nil, nil, nil, fmt.Errorf("query: a width of %d does not divide into %d heads", width, a.heads+2*heads)
		}
		take := func(from, heads int) []float64 {
			return splitHeads(q, a.batch, a.rows, width, from, heads, a.size)
		}
		return take(0, a.heads), take(own, heads), take(own+heads*a.size, heads), nil
	}
	if width != own {
		return nil, nil, nil, fmt.Errorf("query: a width of %d does not divide into %d heads", width, a.heads)
	}
	if k, err = floatsAt(in, 1, "key", a.batch, a.rows, heads*a.size); err != nil {
		return nil, nil, nil, err
	}
	if v, err = floatsAt(in, 2, "value", a.batch, a.rows, heads*a.size); err != nil {
		return nil, nil, nil, err
	}
	split := func(x []float64, heads int) []float64 {
		return splitHeads(x, a.batch, a.rows, heads*a.size, 0, heads, a.size)
	}
	return split(q, a.heads), split(k, heads), split(v, heads), nil
}

// groupQueryBias hides keys that a query does not reach and adds the bias, whose last axis counts
// positions.
func groupQueryBias(n *graph.Node, a *dotProduct, lengths []reach, bias *graph.Tensor) (func(b, h, row, key int) float64, error) {
	window, later := n.Int("local_window_size", -1), n.Int("causal", 1) == 0
	f := hidden(func(b, row, key int) bool {
		r := lengths[b]
		return key >= r.total || (!later && key > r.past+row) || (window >= 0 && key <= r.past+row-window)
	})
	if bias == nil {
		return f, nil
	}
	v, ok := graph.Floats(bias)
	if !ok || bias.Rank() != 4 {
		return nil, fmt.Errorf("attention_bias: %v%v is not supported", bias.DType(), bias.Shape())
	}
	total := bias.Shape()[3]
	g, err := scoreBias(v, bias.Shape(), [4]int{a.batch, a.heads, a.rows, total})
	if err != nil {
		return nil, err
	}
	return func(b, h, row, key int) float64 {
		if x := f(b, h, row, key); x != 0 || key >= total {
			return math.Inf(-1)
		}
		return g(b, h, row, key)
	}, nil
}

// groupQuerySink returns the product that takes weight and has no value: a head's own, or 0 with
// smooth_softmax.
func groupQuerySink(n *graph.Node, a *dotProduct, in []*graph.Tensor) (func(h int) float64, error) {
	v, err := floatsAt(in, 11, "head_sink", a.heads)
	switch {
	case err != nil:
		return nil, err
	case v != nil:
		return func(h int) float64 { return v[h] }, nil
	case n.Int("smooth_softmax", 0) == 1:
		return func(int) float64 { return 0 }, nil
	}
	return nil, nil
}
