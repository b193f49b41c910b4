package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "RotaryEmbedding", Doc: "pairs of positions of every head rotated by an angle; https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html",
		Since: 23, Until: Latest, MinIn: 3, MaxIn: 4, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Takes: func(n *graph.Node, i int) Interval { // rows of the tables of angles
			if cos := inShape(n, 1); i == 3 && len(cos) > 0 {
				return positionsOf(cos[0])
			}
			return Any
		},
		Infer:  func(n *graph.Node) ([]graph.Type, error) { return inferRotary(n, onnxRotary) },
		Couple: func(n *graph.Node) (Coupling, error) { return coupleRotary(n, onnxRotary) },
		Resize: resizeRotary,
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			return evalRotary(n, in, onnxRotary)
		},
	})
}

// rotaryInputs has the indices of the inputs of a RotaryEmbedding.
type rotaryInputs struct{ cos, sin, positions int }

var onnxRotary = rotaryInputs{cos: 1, sin: 2, positions: 3}

const rotates = "rotary embedding turns its positions in pairs"

// rotaryHeads returns how many heads make up the last axis of x. It is 1 if x has an axis of heads,
// and 0 if it is not known.
func rotaryHeads(n *graph.Node, x, cos graph.Shape) (int, error) {
	if len(x) == 4 {
		return 1, nil
	}
	if heads := n.Int("num_heads", 0); heads != 0 || n.Domain == "" || n.Int("rotary_embedding_dim", 0) != 0 {
		_, err := perHead("num_heads", x[2], heads)
		return heads, err
	}
	if len(cos) == 0 { // without the attribute the caches are as wide as half a head
		return 0, nil
	}
	width, okX := x[2].Value()
	half, okC := cos[len(cos)-1].Value()
	switch {
	case !okX || !okC:
		return 0, nil
	case half < 1 || width%(2*half) != 0:
		return 0, fmt.Errorf("a width of %d does not divide into heads of %d", width, 2*half)
	}
	return width / (2 * half), nil
}

func inferRotary(n *graph.Node, at rotaryInputs) ([]graph.Type, error) {
	if err := wantRank(n, 0, "X", 3, 4); err != nil {
		return nil, err
	}
	for _, i := range []int{at.cos, at.sin} {
		if err := wantRank(n, i, "cache", 2, 3); err != nil {
			return nil, err
		}
	}
	if x := inShape(n, 0); x != nil {
		if _, err := rotaryHeads(n, x, inShape(n, at.cos)); err != nil {
			return nil, err
		}
	}
	return inferSame(n)
}

// coupleRotary leaves heads free. Virtual axis 0 is the heads, which the attribute follows.
func coupleRotary(n *graph.Node, at rotaryInputs) (c Coupling, err error) {
	x := inShape(n, 0)
	heads, err := rotaryHeads(n, x, inShape(n, at.cos))
	if err != nil {
		return c, err
	}
	all, size := c.addVirtual(graph.Size(max(1, heads))), Out(0, len(x)-1)
	if len(x) == 3 {
		each, ok := x[2].Div(graph.Size(max(1, heads)))
		if !ok || heads == 0 {
			return c, fmt.Errorf("the number of heads is not known")
		}
		size = c.addVirtual(each)
		c.madeOf(Out(0, 2), factor{all, graph.Size(heads)}, factor{size, each})
	}
	coupleAll(&c, n, 0, 0)
	c.pinAxis(size, rotates)
	c.pinAxis(In(0, len(x)-2), "each of its positions has an angle")
	for i := 1; i < 4; i++ {
		pinInput(&c, n, i, isParameter)
	}
	pinSamples(&c, n, Out(0, 0), at.positions)
	if len(inShape(n, at.cos)) == 3 { // rows for each sample
		pinSamples(&c, n, Out(0, 0), at.cos)
	}
	return c, nil
}

func resizeRotary(n *graph.Node, kept Kept) error {
	if heads := kept(VirtualAxis(0)); heads != nil && n.Int("num_heads", 0) != 0 {
		n.SetAttr(graph.IntAttr("num_heads", len(heads)))
	}
	return nil
}

// rotation turns pairs of the first positions of every head. The other positions are unchanged.
type rotation struct {
	batch, heads, positions, size int
	width                         int // how many of size are turned
	interleaved                   bool
	cos, sin                      []float64 // rows of width / 2
	row                           []int     // of the caches, for each batch and position
}

// turn rotates batch x heads x positions x size in place.
func (r *rotation) turn(x []float64) {
	half := r.width / 2
	for i := range r.batch * r.heads * r.positions {
		b, s := i/r.positions/r.heads, i%r.positions
		angle := r.row[b*r.positions+s] * half
		for j := range half {
			first, second := i*r.size+j, i*r.size+half+j
			if r.interleaved {
				first, second = i*r.size+2*j, i*r.size+2*j+1
			}
			c, s := r.cos[angle+j], r.sin[angle+j]
			x[first], x[second] = c*x[first]-s*x[second], s*x[first]+c*x[second]
		}
	}
}

// setCaches reads the caches: rows selected by positions, or a row for each batch and position.
// positions has one number for each, or only that of the first.
func (r *rotation) setCaches(cos, sin, positions *graph.Tensor) (err error) {
	var okC, okS bool
	r.cos, okC = graph.Floats(cos)
	r.sin, okS = graph.Floats(sin)
	rank := cos.Rank()
	if !okC || !okS || rank < 2 || cos.Len() != sin.Len() || r.width < 0 || r.width > r.size || r.width%2 != 0 || cos.Shape()[rank-1] != r.width/2 {
		return fmt.Errorf("caches of shapes %v and %v do not go with %d of %d positions of a head", cos.Shape(), sin.Shape(), r.width, r.size)
	}
	rows := volume(cos.Shape()[:rank-1])
	r.row = make([]int, r.batch*r.positions)
	var at []int64
	if positions != nil {
		var ok bool
		if at, ok = graph.Ints(positions); !ok || (len(at) != len(r.row) && len(at) != 1) {
			return fmt.Errorf("position_ids: want %d x %d or one, have shape %v", r.batch, r.positions, positions.Shape())
		}
	} else if rows != len(r.row) {
		return fmt.Errorf("caches: want %d x %d rows, have %d", r.batch, r.positions, rows)
	}
	for i := range r.row {
		switch {
		case len(at) == len(r.row):
			r.row[i] = graph.Saturate(at[i])
		case positions != nil:
			r.row[i] = graph.Saturate(at[0]) + i%r.positions
		default:
			r.row[i] = i
		}
		if r.row[i] < 0 || r.row[i] >= rows {
			return fmt.Errorf("position_ids: want 0 to %d, have %d", rows-1, r.row[i])
		}
	}
	return nil
}

func evalRotary(n *graph.Node, in []*graph.Tensor, at rotaryInputs) ([]*graph.Tensor, error) {
	x, cos := in[0], in[at.cos]
	s := x.Shape()
	if len(s) != 3 && len(s) != 4 {
		return nil, fmt.Errorf("input X: want 3 or 4 axes, have shape %v", s)
	}
	heads, err := rotaryHeads(n, graph.ShapeOf(s...), graph.ShapeOf(cos.Shape()...))
	if err != nil {
		return nil, err
	}
	v, ok := graph.Floats(x)
	if !ok || heads < 1 {
		return nil, fmt.Errorf("%v%v in %d heads is not supported", x.DType(), s, heads)
	}
	r := rotation{batch: s[0], heads: heads, positions: s[len(s)-2], size: s[len(s)-1] / heads, interleaved: n.Int("interleaved", 0) != 0}
	if len(s) == 4 {
		r.heads = s[1]
	} else {
		v = splitHeads(v, r.batch, r.positions, s[2], 0, heads, r.size)
	}
	if r.width = n.Int("rotary_embedding_dim", 0); r.width == 0 {
		r.width = r.size
	}
	if err := r.setCaches(cos, in[at.sin], tensorAt(in, at.positions)); err != nil {
		return nil, err
	}
	r.turn(v)
	if len(s) == 3 {
		v = joinHeads(v, r.batch, heads, r.positions, r.size)
	}
	y, err := fromFloats(x.DType(), v, s)
	return []*graph.Tensor{y}, err
}
