package runtime_test

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// grown holds the two extents of the symbolic axis for which a growing network is computed. What is
// valid for both is assumed to be valid for all.
var grown = [2]int{2, 3}

// grower builds a network node by node. Each node is inferred and computed as soon as it is added,
// and removed if it is invalid or yields numbers that prove nothing.
type grower struct {
	*rand.Rand
	m    *graph.Model
	g    *graph.Graph
	have map[*graph.Value][2]*graph.Tensor
	pool []*graph.Value // float32 values that steps may read
}

func newGrower(seed uint64) *grower {
	m := graph.NewModel(17)
	return &grower{Rand: rand.New(rand.NewPCG(seed, 1)), m: m, g: m.Graph, have: map[*graph.Value][2]*graph.Tensor{}}
}

// numbersOf draws normally distributed numbers, or numbers from 0.5 to 1.5 if they must be
// positive.
func (w *grower) numbersOf(positive bool, dims ...int) *graph.Tensor {
	t := graph.NewTensor(graph.Float32, dims...)
	v := graph.Data[float32](t)
	for i := range v {
		if v[i] = float32(w.NormFloat64() * 0.7); positive {
			v[i] = 0.5 + w.Float32()
		}
	}
	return t
}

func (w *grower) constant(t *graph.Tensor) *graph.Value {
	v := w.g.AddConst("w", t)
	w.have[v] = [2]*graph.Tensor{t, t}
	return v
}

// weight returns a constant that is sometimes partly zero: single numbers, or whole rows of four.
func (w *grower) weight(dims ...int) *graph.Value {
	t := w.numbersOf(false, dims...)
	if v := graph.Data[float32](t); len(dims) > 1 && w.IntN(3) == 0 {
		together := 1 + 3*w.IntN(2)
		for i := 0; i < len(v); i += together {
			if w.IntN(4) > 0 {
				clear(v[i:min(i+together, len(v))])
			}
		}
	}
	return w.constant(t)
}
func (w *grower) positive(dims ...int) *graph.Value { return w.constant(w.numbersOf(true, dims...)) }

func (w *grower) number(x float32) *graph.Value {
	return w.constant(graph.TensorOf([]float32{x}, slices.Repeat([]int{1}, w.IntN(3))...))
}

func (w *grower) ints(v ...int) *graph.Value {
	wide := make([]int64, len(v))
	for i, x := range v {
		wide[i] = int64(x)
	}
	return w.constant(graph.TensorOf(wide, len(v)))
}

// input adds an input. Extent 0 is the symbolic axis.
func (w *grower) input(dims ...int) {
	v := w.g.Fresh("x")
	shape := graph.ShapeOf(dims...)
	var have [2]*graph.Tensor
	for k, n := range grown {
		d := slices.Clone(dims)
		for i := range d {
			if d[i] == 0 {
				d[i], shape[i] = n, graph.Symbol("N")
			}
		}
		have[k] = w.numbersOf(false, d...)
	}
	v.Type = graph.TensorType(graph.Float32, shape)
	w.g.AddInput(v)
	w.have[v] = have
	w.pool = append(w.pool, v)
}

// nodes adds a node. It returns nil if the node is invalid, or if an input is nil because its node
// was.
func (w *grower) nodes(name string, outputs int, in []*graph.Value, attrs ...*graph.Attr) []*graph.Value {
	if len(in) == 0 || in[0] == nil || len(in) == 2 && in[1] == nil {
		return make([]*graph.Value, outputs)
	}
	var out []*graph.Value
	for range outputs {
		out = append(out, w.g.Fresh("v"))
	}
	n, err := w.g.NewNode(name, "", 17, in, out, attrs...)
	if err != nil {
		panic(err)
	}
	if w.settle(n) {
		for _, v := range out {
			if v.Type.DType == graph.Float32 {
				w.pool = append(w.pool, v)
			}
		}
		return out
	}
	if err := w.g.Remove(n); err != nil {
		panic(err)
	}
	return make([]*graph.Value, outputs)
}

func (w *grower) node(name string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	return w.nodes(name, 1, in, attrs...)[0]
}

// settle infers and computes a node that was just added.
func (w *grower) settle(n *graph.Node) bool {
	if op.Infer(n) != nil {
		return false
	}
	var have [2][]*graph.Tensor
	for k := range grown {
		in := make([]*graph.Tensor, len(n.Inputs()))
		for i, v := range n.Inputs() {
			if v != nil {
				in[i] = w.have[v][k]
			}
		}
		out, err := op.Lookup(n).Eval(n, in)
		if err != nil || slices.ContainsFunc(out, func(t *graph.Tensor) bool { return !sensible(t) }) {
			return false
		}
		have[k] = out
	}
	for i, v := range n.Outputs() {
		if have[0][i].Rank() != have[1][i].Rank() {
			return false
		}
		w.have[v] = [2]*graph.Tensor{have[0][i], have[1][i]}
	}
	return true
}

// sensible reports whether t is small and has only numbers that float32 can tell apart.
func sensible(t *graph.Tensor) bool {
	if t.Len() == 0 || t.Len() > 6000 {
		return false
	}
	if t.DType() != graph.Float32 {
		return true
	}
	for _, x := range graph.Data[float32](t) {
		if !(math.Abs(float64(x)) < 100) {
			return false
		}
	}
	return true
}

// some returns a value with at least the given number of axes that steps may read, or nil if there
// is none. Recent values are drawn more often.
func (w *grower) some(rank int) *graph.Value {
	for range 20 {
		at := w.IntN(len(w.pool))
		if w.IntN(2) == 0 {
			at = max(0, len(w.pool)-1-w.IntN(3))
		}
		if v := w.pool[at]; len(w.dims(v)) >= rank {
			return v
		}
	}
	return nil
}

// dims returns the extents of v for the first of the two grown extents.
func (w *grower) dims(v *graph.Value) []int { return w.have[v][0].Shape() }

// variable reports whether the extent of an axis of v differs between the two.
func (w *grower) variable(v *graph.Value, axis int) bool {
	return w.dims(v)[axis] != w.have[v][1].Shape()[axis]
}

// grow builds a network of about the given number of steps.
func grow(seed uint64, steps int) *grower {
	w := newGrower(seed)
	shapes := [][]int{{0, 4, 6, 5}, {0, 3, 7, 7}, {0, 8, 9}, {0, 5, 12}, {0, 10}, {4, 0, 6}, {6}, {2, 3, 4}, {0, 2, 3, 4, 2}, {}, {0, 1, 4, 1}}
	for range 1 + w.IntN(3) {
		w.input(shapes[w.IntN(len(shapes))]...)
	}
	for range steps {
		if v := w.some(w.IntN(5)); v != nil {
			growths[w.IntN(len(growths))](w, v)
		}
	}
	w.finish()
	return w
}

// finish chooses outputs, and sometimes removes what they do not need.
func (w *grower) finish() {
	for range 1 + w.IntN(4) {
		if v := w.some(0); !slices.Contains(w.g.Outputs, v) {
			w.g.Outputs = append(w.g.Outputs, v)
		}
	}
	prune(w.g, w.IntN(3) > 0)
}

// prune removes initializers that nothing reads and, with dead, nodes whose outputs nothing reads.
func prune(g *graph.Graph, dead bool) {
	for i := len(g.Nodes) - 1; i >= 0 && dead; i-- {
		if !slices.ContainsFunc(g.Nodes[i].Outputs(), func(v *graph.Value) bool { return !v.Unused() }) {
			if err := g.Remove(g.Nodes[i]); err != nil {
				panic(err)
			}
		}
	}
	for _, v := range slices.Clone(g.Initializers) {
		if v.Unused() {
			if err := g.RemoveValue(v); err != nil {
				panic(err)
			}
		}
	}
}
