package surgery_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// batch is the extent of the first axis of every input, whether the model says so or has a symbol there.
const batch = 2

// Bounds of what grows: a network is small, and its numbers stay where float32 tells them apart.
const (
	maxElems   = 1500
	maxProduct = 400 // rows or columns of the weights that bring a value to another shape
	maxNumber  = 1e3
)

// errUnfit ends a step that the network offers nothing for.
var errUnfit = errors.New("nothing here that it fits")

// grower makes a network node by node. Every node is inferred and computed as soon as it is
// made, so that a step that makes no sense, or numbers that are none, is taken back at once.
type grower struct {
	draw  func(n int) int // one of 0 to n-1
	m     *graph.Model
	g     *graph.Graph
	first graph.Dim // of the inputs
	feeds map[string]*graph.Tensor
	have  map[*graph.Value]*graph.Tensor
	pool  []*graph.Value // what steps may read
	made  int            // values named so far

	temporary []*graph.Value // constants and inputs of the step under way
	err       error
}

func newGrower(draw func(int) int, opset int, symbolic bool) *grower {
	m := graph.NewModel(opset)
	w := &grower{draw: draw, m: m, g: m.Graph, feeds: map[string]*graph.Tensor{}, have: map[*graph.Value]*graph.Tensor{}, first: graph.Size(batch)}
	if symbolic {
		w.first = graph.Symbol("N")
	}
	return w
}

// numbers makes a tensor whose elements depend on the name alone: between -1 and 1, or 0.5 and 1.5
// where it begins with p_; integers are 0 or 1.
func numbers(name string, d graph.DType, dims []int) *graph.Tensor {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 2))
	n := 1
	for _, e := range dims {
		n *= e
	}
	v := make([]float64, n)
	for i := range v {
		if v[i] = 2*r.Float64() - 1; strings.HasPrefix(name, "p_") {
			v[i] = 0.5 + r.Float64()
		}
	}
	if t, ok := graph.FromFloats(d, v, dims...); ok {
		return t
	}
	t := graph.NewTensor(d, dims...)
	for i := range n {
		switch x := r.IntN(2); d {
		case graph.Bool:
			graph.Data[bool](t)[i] = x == 1
		case graph.Int64:
			graph.Data[int64](t)[i] = int64(x)
		case graph.Int32:
			graph.Data[int32](t)[i] = int32(x)
		case graph.Int8:
			graph.Data[int8](t)[i] = int8(x)
		case graph.Uint8:
			graph.Data[uint8](t)[i] = uint8(x)
		}
	}
	return t
}

// name is a name that was not there before.
func (w *grower) name(prefix string) string {
	w.made++
	return fmt.Sprintf("%s%d", prefix, w.made)
}

// weight is a new constant, or now and then one that is read elsewhere already.
func (w *grower) weight(dims ...int) *graph.Value {
	if w.draw(8) == 7 {
		for _, v := range w.g.Initializers {
			if isWeight(v) && v.Type.DType == graph.Float32 && slices.Equal(v.Const.Shape(), dims) {
				return v
			}
		}
	}
	return w.constant("w_", graph.Float32, dims)
}

func (w *grower) constant(prefix string, d graph.DType, dims []int) *graph.Value {
	name := w.name(prefix)
	return w.fixed(name, numbers(name, d, dims))
}

func (w *grower) fixed(name string, t *graph.Tensor) *graph.Value {
	v := w.g.AddConst(name, t)
	w.have[v] = t
	w.temporary = append(w.temporary, v)
	return v
}

func (w *grower) ints(v ...int) *graph.Value {
	wide := make([]int64, len(v))
	for i, x := range v {
		wide[i] = int64(x)
	}
	return w.fixed(w.name("c"), graph.TensorOf(wide, len(v)))
}

// input is a new input of the network; an axis of the extent w.first is the batch.
func (w *grower) input(prefix string, d graph.DType, shape graph.Shape) *graph.Value {
	v := w.g.Fresh(w.name(prefix))
	v.Type = graph.TensorType(d, shape.Clone())
	w.g.AddInput(v)
	dims := make([]int, len(shape))
	for i, e := range shape {
		if dims[i] = batch; e.Known() {
			dims[i], _ = e.Value()
		}
	}
	w.have[v] = numbers(v.Name, d, dims)
	w.feeds[v.Name] = w.have[v]
	w.temporary = append(w.temporary, v)
	return v
}

// dims is the extents of v as the network is fed.
func (w *grower) dims(v *graph.Value) []int { return w.have[v].Shape() }

// node adds a node of the model's version with one output.
func (w *grower) node(name string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	out := w.nodes(name, 1, in, attrs...)
	return out[0]
}

func (w *grower) nodes(name string, outputs int, in []*graph.Value, attrs ...*graph.Attr) []*graph.Value {
	out := make([]*graph.Value, outputs)
	if w.err != nil || slices.Contains(in[:min(1, len(in))], nil) {
		w.fail(errUnfit)
		return out
	}
	for i := range out {
		out[i] = w.g.Fresh(w.name("v"))
	}
	n, err := w.g.NewNode(name, "", w.m.Opsets[""], in, out, attrs...)
	if err != nil {
		w.fail(err)
		return out
	}
	w.settle(n)
	return out
}

func (w *grower) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// settle infers and computes a node just made.
func (w *grower) settle(n *graph.Node) {
	d := op.Lookup(n)
	if d == nil {
		w.fail(errUnfit)
	}
	if w.err != nil {
		return
	}
	if err := op.Infer(n); err != nil {
		w.fail(err)
		return
	}
	in := make([]*graph.Tensor, len(n.Reads()))
	for i, v := range n.Reads() {
		if v != nil {
			in[i] = w.have[v]
		}
	}
	out, err := d.Eval(n, in)
	if err != nil {
		w.fail(err)
		return
	}
	for i, v := range n.Outputs() {
		if v == nil {
			continue
		}
		if !sensible(out[i]) || v.Type.DType != graph.Sequence && v.Type.Shape == nil {
			w.fail(errUnfit)
			return
		}
		w.have[v] = out[i]
	}
}

// sensible reports whether t has elements, not too many, and numbers among them that say something.
func sensible(t *graph.Tensor) bool {
	if t.DType() == graph.Sequence {
		return len(t.Items()) > 0 && !slices.ContainsFunc(t.Items(), func(x *graph.Tensor) bool { return !sensible(x) })
	}
	if t.Len() == 0 || t.Len() > maxElems {
		return false
	}
	v, ok := graph.Floats(t)
	if !ok || !t.DType().IsFloat() {
		return true
	}
	most := 0.0
	for _, x := range v {
		if math.IsNaN(x) {
			return false
		}
		most = max(most, math.Abs(x))
	}
	return most < maxNumber && most > 1e-3
}

// step lets f add nodes and offers what they compute to later steps; when one of them makes no sense, all go again.
func (w *grower) step(f func() []*graph.Value) bool {
	w.err, w.temporary = nil, nil
	before := map[*graph.Node]bool{}
	for _, n := range w.g.Nodes {
		before[n] = true
	}
	out := f()
	if w.err == nil {
		for _, v := range out {
			if v != nil && w.have[v] != nil {
				w.pool = append(w.pool, v)
			}
		}
		return true
	}
	dead := map[*graph.Node]bool{}
	for _, n := range w.g.Nodes {
		dead[n] = !before[n]
	}
	for n := range before {
		delete(dead, n)
	}
	if err := w.g.RemoveNodes(dead); err != nil {
		panic(err)
	}
	for _, v := range slices.Clone(w.g.Initializers) {
		if slices.Contains(w.temporary, v) || len(v.Uses()) == 0 && w.have[v] == nil {
			if err := w.g.RemoveValue(v); err != nil {
				panic(err)
			}
		}
	}
	for _, v := range w.temporary {
		delete(w.have, v)
		if i := slices.Index(w.g.Inputs, v); i >= 0 {
			w.g.Inputs = slices.Delete(w.g.Inputs, i, i+1)
			delete(w.feeds, v.Name)
			if err := w.g.RemoveValue(v); err != nil {
				panic(err)
			}
		}
	}
	return false
}

// some is a value of the pool that ok accepts, or nil. Young ones are drawn more often, so that networks get deep.
func (w *grower) some(ok func(*graph.Value) bool) *graph.Value {
	var fit []*graph.Value
	for i, v := range w.pool {
		if ok(v) {
			fit = append(fit, v)
			if i >= len(w.pool)-3 {
				fit = append(fit, v, v)
			}
		}
	}
	if len(fit) == 0 {
		return nil
	}
	return fit[len(fit)-1-w.draw(len(fit))]
}

// isFloat reports whether v is a tensor of the element type that networks are made of, and no scalar.
func isFloat(v *graph.Value) bool { return v.Type.DType == graph.Float32 && len(v.Type.Shape) > 0 }

// adapted is v brought to another shape by way of a dense map of all that a sample has.
func (w *grower) adapted(v *graph.Value, want graph.Shape) *graph.Value {
	if v == nil {
		w.fail(errUnfit)
	}
	if w.err != nil || v.Type.Shape.Equal(want) {
		return v
	}
	from := w.dims(v)
	rows, columns, at := 1, 1, 0
	head := 1
	if len(want) > 1 && len(from) > 1 && v.Type.Shape[0].Equal(want[0]) {
		head, at = 0, 1
	}
	for _, d := range from[at:] {
		rows *= d
	}
	if head == 1 && !v.Type.Shape.Known() {
		w.fail(errUnfit)
		return nil
	}
	target := make([]int, len(want))
	for i := at; i < len(want); i++ {
		n, known := want[i].Value()
		if !known {
			w.fail(errUnfit)
			return nil
		}
		target[i] = n
		columns *= n
	}
	if rows > maxProduct || columns > maxProduct || columns == 0 {
		w.fail(errUnfit)
		return nil
	}
	flat := w.node("Reshape", []*graph.Value{v, w.ints(head, -1)})
	dense := w.node("MatMul", []*graph.Value{flat, w.weight(rows, columns)})
	return w.node("Reshape", []*graph.Value{dense, w.ints(target...)})
}
