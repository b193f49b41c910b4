package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Attention", Doc: "scaled dot-product attention; https://onnx.ai/onnx/operators/onnx__Attention.html",
		Since: 23, Until: Latest, MinIn: 3, MaxIn: 7, MinOut: 1, MaxOut: 4,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferAttention, Couple: coupleAttention, Resize: resizeAttention, Cost: costAttention, Eval: evalAttention,
	})
}

// attention is the extents of an Attention, which may be unknown.
type attention struct {
	batch, rows, keys graph.Dim // keys of the node itself, without past ones
	heads, repeat     graph.Dim // heads of keys, and query heads for each of them
	size, values      graph.Dim
	split             bool // the inputs have an axis of heads; otherwise the attributes count them
}

// attentionOf reads shapes and numbers of heads. Known shapes must be consistent.
func attentionOf(n *graph.Node) (a attention, err error) {
	q, k, v := inShape(n, 0), inShape(n, 1), inShape(n, 2)
	for i, name := range []string{"Q", "K", "V"} {
		if err := wantRank(n, i, name, 3, 4); err != nil {
			return a, err
		}
	}
	if err := wantRank(n, 3, "attn_mask", 1, 2, 3, 4); err != nil {
		return a, err
	}
	u := graph.Unknown
	a = attention{u, u, u, u, u, u, u, len(q) == 4}
	if q == nil || k == nil || v == nil {
		return a, nil
	}
	if len(q) != len(k) || len(q) != len(v) {
		return a, fmt.Errorf("want Q, K and V of the same rank, have shapes %v, %v and %v", q, k, v)
	}
	a.batch, a.rows, a.keys = q[0], q[len(q)-2], k[len(k)-2]
	if a.split {
		a.heads, a.size, a.values = k[1], q[3], v[3]
		a.repeat, err = timesEach(q[1], k[1])
		return a, err
	}
	queryHeads, keyHeads := n.Int("q_num_heads", 0), n.Int("kv_num_heads", 0)
	if keyHeads < 1 || queryHeads%keyHeads != 0 {
		return a, fmt.Errorf("q_num_heads, kv_num_heads: want a multiple of a positive number, have %d and %d", queryHeads, keyHeads)
	}
	a.heads, a.repeat = graph.Size(keyHeads), graph.Size(queryHeads/keyHeads)
	if a.size, err = perHead("Q", q[2], queryHeads); err != nil {
		return a, err
	}
	a.values, err = perHead("V", v[2], keyHeads)
	return a, err
}

// timesEach returns the number of query heads for each head of keys.
func timesEach(queries, keys graph.Dim) (graph.Dim, error) {
	repeat, ok := queries.Div(keys)
	if !ok && queries.Known() && keys.Known() {
		return repeat, fmt.Errorf("%v heads of queries do not divide into %v of keys", queries, keys)
	}
	return repeat, nil
}

func inferAttention(n *graph.Node) ([]graph.Type, error) {
	a, err := attentionOf(n)
	if err != nil {
		return nil, err
	}
	q, v := inType(n, 0).DType, inType(n, 2).DType
	queryHeads, total := a.heads.Mul(a.repeat), a.keys.Add(pastPositions(n, 4, 2))
	out := graph.Shape{a.batch, queryHeads, a.rows, a.values}
	switch {
	case inShape(n, 0) == nil:
		out = nil
	case !a.split:
		out = graph.Shape{a.batch, a.rows, queryHeads.Mul(a.values)}
	}
	return []graph.Type{
		graph.TensorType(q, out),
		graph.TensorType(q, graph.Shape{a.batch, a.heads, total, a.size}),
		graph.TensorType(v, graph.Shape{a.batch, a.heads, total, a.values}),
		graph.TensorType(q, graph.Shape{a.batch, queryHeads, a.rows, total}),
	}, nil
}

func coupleAttention(n *graph.Node) (c Coupling, err error) {
	e, err := attentionOf(n)
	if err != nil {
		return c, err
	}
	a := newHeadAxes(&c, e.heads, e.repeat, e.size, e.values)
	batch := Out(0, 0)
	rows := 1
	if e.split {
		rows = 2
		c.madeOf(In(0, 1), a.heads, a.repeat)
		c.madeOf(In(1, 1), a.heads)
		c.madeOf(In(2, 1), a.heads)
		c.madeOf(Out(0, 1), a.heads, a.repeat)
		c.madeOf(In(0, 3), a.size)
		c.madeOf(In(1, 3), a.size)
		c.madeOf(In(2, 3), a.values)
		c.madeOf(Out(0, 3), a.values)
	} else {
		c.madeOf(In(0, 2), a.heads, a.repeat, a.size)
		c.madeOf(In(1, 2), a.heads, a.size)
		c.madeOf(In(2, 2), a.heads, a.values)
		c.madeOf(Out(0, 2), a.heads, a.repeat, a.values)
	}
	for i := range 3 {
		c.link(In(i, 0), batch)
	}
	c.pinAxis(In(1, rows), attended)
	c.pinAxis(In(2, rows), attended)
	if n.In(3) != nil || n.In(6) != nil || n.Out(3) != nil || positional(n) {
		c.pinAxis(In(0, rows), attended)
		c.pinAxis(Out(0, rows), attended)
	} else {
		c.link(In(0, rows), Out(0, rows))
	}
	a.bias(&c, n, 3, batch)
	for i, size := range []factor{a.size, a.values} {
		if n.In(4+i) != nil {
			a.cache(&c, func(d int) Axis { return In(4+i, d) }, size, batch)
		}
		if n.Out(1+i) != nil {
			a.cache(&c, func(d int) Axis { return Out(1+i, d) }, size, batch)
		}
	}
	pinInput(&c, n, 6, isParameter)
	pinSamples(&c, n, batch, 6)
	a.scores(&c, n, 3, batch)
	return c, nil
}

// positional reports whether the positions of queries and keys matter.
func positional(n *graph.Node) bool {
	left, right := seenWindow(n)
	return n.Int("is_causal", 0) != 0 || left >= 0 || right >= 0
}

// seenWindow returns how far a query sees to the left and to the right of its own position; -1 means all keys.
func seenWindow(n *graph.Node) (left, right int) {
	return n.Int("left_window_size", -1), n.Int("right_window_size", -1)
}

// resizeAttention writes numbers of heads only where the inputs have no axis of heads.
func resizeAttention(n *graph.Node, kept Kept) error {
	e, err := attentionOf(n)
	if err != nil {
		return err
	}
	if e.split {
		heads := kept
		kept = func(a Axis) []int {
			if a == VirtualAxis(virtualHeads) || a == VirtualAxis(virtualRepeat) {
				return nil
			}
			return heads(a)
		}
	}
	resizeHeads(n, kept, "q_num_heads", "kv_num_heads", e.size, n.Attr("scale") != nil)
	return nil
}

// costAttention counts the scores and the weighted values.
func costAttention(n *graph.Node) Cost {
	q, k, y := inShape(n, 0), inShape(n, 1), n.Out(0).Type.Shape
	if q == nil || len(k) < 3 || y == nil {
		return Cost{graph.Unknown}
	}
	return Cost{q.Elems().Add(y.Elems()).Mul(k[len(k)-2].Add(pastPositions(n, 4, 2)))}
}

// separate returns input i as batch x heads x positions x size, however it stores its heads.
func separate(in []*graph.Tensor, i int, name string, batch, heads int) (v []float64, positions, size int, err error) {
	s := in[i].Shape()
	positions, size = s[len(s)-2], s[len(s)-1]
	if len(s) == 4 {
		v, err = floatsAt(in, i, name, batch, heads, positions, size)
		return v, positions, size, err
	}
	if heads < 1 || size%heads != 0 {
		return nil, 0, 0, fmt.Errorf("%s: a width of %d does not divide into %d heads", name, size, heads)
	}
	if v, err = floatsAt(in, i, name, batch, positions, size); err != nil {
		return nil, 0, 0, err
	}
	return splitHeads(v, batch, positions, size, 0, heads, size/heads), positions, size / heads, nil
}

func evalAttention(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	rank := in[0].Rank()
	if (rank != 3 && rank != 4) || in[1].Rank() != rank || in[2].Rank() != rank {
		return nil, fmt.Errorf("inputs of shapes %v, %v and %v do not go together", in[0].Shape(), in[1].Shape(), in[2].Shape())
	}
	a := dotProduct{batch: in[0].Shape()[0], heads: n.Int("q_num_heads", 0)}
	heads := n.Int("kv_num_heads", 0)
	if rank == 4 {
		a.heads, heads = in[0].Shape()[1], in[1].Shape()[1]
	}
	if heads < 1 || a.heads < 1 || a.heads%heads != 0 {
		return nil, fmt.Errorf("%d heads of queries do not divide into %d of keys", a.heads, heads)
	}
	a.repeat = a.heads / heads
	var q, k, v []float64
	var err error
	if q, a.rows, a.size, err = separate(in, 0, "Q", a.batch, a.heads); err != nil {
		return nil, err
	}
	var same, values int
	if k, a.keys, same, err = separate(in, 1, "K", a.batch, heads); err != nil {
		return nil, err
	}
	if v, values, a.values, err = separate(in, 2, "V", a.batch, heads); err != nil {
		return nil, err
	}
	if same != a.size || values != a.keys {
		return nil, fmt.Errorf("inputs of shapes %v, %v and %v do not go together", in[0].Shape(), in[1].Shape(), in[2].Shape())
	}
	before := a.keys
	if k, v, err = a.withPast(in, 4, heads, k, v); err != nil {
		return nil, err
	}
	before = a.keys - before
	a.scale, a.softcap = inverseRoot(a.size), float64(n.Float("softcap", 0))
	if n.Attr("scale") != nil {
		a.scale = float64(n.Float("scale", 0))
	}
	if a.bias, err = attentionBias(n, &a, in, before); err != nil {
		return nil, err
	}
	return a.outputs(n, in, heads, q, k, v)
}

// outputs runs the attention and returns the outputs that n has.
func (a *dotProduct) outputs(n *graph.Node, in []*graph.Tensor, heads int, q, k, v []float64) (out []*graph.Tensor, err error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	var shown []float64
	if n.Out(3) != nil {
		wanted := n.Int("qk_matmul_output_mode", 0)
		shown = make([]float64, a.batch*a.heads*a.rows*a.keys)
		a.seen = func(stage, first int, scores []float64) {
			if stage == wanted {
				copy(shown[first:], scores)
			}
		}
	}
	d := in[0].DType()
	y, dims := a.run(q, k, v), []int{a.batch, a.heads, a.rows, a.values}
	if in[0].Rank() == 3 {
		y, dims = joinHeads(y, a.batch, a.heads, a.rows, a.values), []int{a.batch, a.rows, a.heads * a.values}
	}
	out = make([]*graph.Tensor, len(n.Outputs()))
	if out[0], err = fromFloats(d, y, dims); err != nil {
		return nil, err
	}
	for i, x := range [][]float64{k, v, shown} {
		if n.Out(1+i) == nil {
			continue
		}
		dims := [][]int{{a.batch, heads, a.keys, a.size}, {a.batch, heads, a.keys, a.values}, {a.batch, a.heads, a.rows, a.keys}}[i]
		of := []graph.DType{d, in[2].DType(), d}[i]
		if out[1+i], err = fromFloats(of, x, dims); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// attentionBias returns what an Attention adds to the scores: its mask, and what hides keys by their positions, of which
// the first are past ones.
func attentionBias(n *graph.Node, a *dotProduct, in []*graph.Tensor, before int) (func(b, h, row, key int) float64, error) {
	f, err := maskBias(a, tensorAt(in, 3))
	if err != nil {
		return nil, err
	}
	offset := func(int) int { return before }
	if ends := tensorAt(in, 6); ends != nil {
		v, err := intsOf(in, 6)
		if err != nil || len(v) != a.batch || before > 0 {
			return nil, fmt.Errorf("nonpad_kv_seqlen: want %d numbers and no past, have shape %v", a.batch, ends.Shape())
		}
		offset = func(b int) int { return v[b] - a.rows }
		f = both(f, hidden(func(b, _, key int) bool { return key >= v[b] }))
	}
	left, right := seenWindow(n)
	if n.Int("is_causal", 0) != 0 {
		f = both(f, hidden(func(b, row, key int) bool { return key > row+offset(b) }))
	}
	if left >= 0 || right >= 0 {
		f = both(f, hidden(func(b, row, key int) bool {
			apart := key - row - offset(b)
			return (left >= 0 && -apart > left) || (right >= 0 && apart > right)
		}))
	}
	return f, nil
}

// hidden gives no weight to the keys for which is returns true.
func hidden(is func(b, row, key int) bool) func(b, h, row, key int) float64 {
	return func(b, _, row, key int) float64 {
		if is(b, row, key) {
			return math.Inf(-1)
		}
		return 0
	}
}

// maskBias reads attn_mask: what is added to the scores, or which keys count. Keys beyond its last one are hidden.
func maskBias(a *dotProduct, mask *graph.Tensor) (func(b, h, row, key int) float64, error) {
	if mask == nil {
		return nil, nil
	}
	v, ok := graph.Floats(mask)
	if mask.DType() == graph.Bool {
		v, ok = make([]float64, mask.Len()), true
		for i, counts := range graph.Data[bool](mask) {
			if !counts {
				v[i] = math.Inf(-1)
			}
		}
	}
	if !ok || mask.Rank() < 1 || mask.Rank() > 4 {
		return nil, fmt.Errorf("attn_mask: %v%v is not supported", mask.DType(), mask.Shape())
	}
	keys := mask.Shape()[mask.Rank()-1]
	f, err := scoreBias(v, mask.Shape(), [4]int{a.batch, a.heads, a.rows, keys})
	if err != nil || keys > a.keys {
		return nil, fmt.Errorf("attn_mask: shape %v does not broadcast to %v", mask.Shape(), []int{a.batch, a.heads, a.rows, a.keys})
	}
	return func(b, h, row, key int) float64 {
		if key >= keys {
			return math.Inf(-1)
		}
		return f(b, h, row, key)
	}, nil
}
