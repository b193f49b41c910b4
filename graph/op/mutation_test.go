package op_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// TestNearlyRightInputIsAnError changes an attribute or an input of every node of fixtures/op, which random
// nodes with many inputs that must go together never come near. Nothing panics, and inference does not contradict what is
// computed.
func TestNearlyRightInputIsAnError(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewSource(1))
models:
	for _, o := range all {
		if err := op.InferGraph(o.Model.Graph); err != nil {
			t.Fatal(err)
		}
		values := fixtures.Feeds(o.Model, 2)
		for _, old := range o.Model.Graph.Nodes {
			d := op.Lookup(old)
			if d.Control != nil { // what its subgraphs read comes from around: see the tests of control flow
				continue models
			}
			in := make([]*graph.Tensor, len(old.Inputs()))
			for i, v := range old.Inputs() {
				switch {
				case v != nil && v.Const != nil:
					in[i] = v.Const
				case v != nil:
					in[i] = values[v.Name]
				}
			}
			for range 60 {
				n, changed := mutant(t, r, old, in)
				if err := survives(d, n, changed); err != nil {
					t.Errorf("%s: %s, %s, inputs %s: %v", o.Name, n.OpName(), parameters(n), shapesOf(changed), err)
					break
				}
			}
			out, err := d.Eval(old, in)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range old.Outputs() {
				if v != nil {
					values[v.Name] = out[i]
				}
			}
		}
	}
}

// mutant is a copy of old with one thing changed, half of the time with an input that is not known before it runs.
func mutant(t *testing.T, r *rand.Rand, old *graph.Node, in []*graph.Tensor) (*graph.Node, []*graph.Tensor) {
	t.Helper()
	in = slices.Clone(in)
	attrs := slices.Clone(old.Attrs)
	if at := r.Intn(len(in) + len(attrs) + 1); at < len(in) {
		in[at] = nearly(r, in[at])
	} else if at -= len(in); at < len(attrs) {
		a := *attrs[at]
		a.Int, a.Float = odd[r.Intn(len(odd))], float32(r.Intn(3)-1)
		a.Ints = oddNumbers(r, r.Intn(5))
		attrs[at] = &a
	}
	g := graph.New("g")
	var ins, outs []*graph.Value
	known := r.Intn(2) == 0
	for i, x := range in {
		if x == nil {
			ins = append(ins, nil)
			continue
		}
		v := g.Fresh(fmt.Sprint("x", i))
		if v.Type = graph.TypeOf(x); !known && r.Intn(3) == 0 {
			v.Type.Shape = nil
		} else if r.Intn(2) == 0 {
			g.SetConst(v, x)
		}
		ins = append(ins, v)
	}
	for _, v := range old.Outputs() {
		if v == nil {
			outs = append(outs, nil)
			continue
		}
		outs = append(outs, g.Fresh("y"))
	}
	n, err := g.NewNode(old.Op, old.Domain, old.Version, ins, outs, attrs...)
	if err != nil {
		t.Fatal(err)
	}
	return n, in
}

// nearly is x under another shape, one axis longer or shorter, of another type, or not there.
func nearly(r *rand.Rand, x *graph.Tensor) *graph.Tensor {
	if x == nil || r.Intn(6) == 0 {
		return junkTensor(r)
	}
	shape := slices.Clone(x.Shape())
	switch r.Intn(4) {
	case 0:
		return nil
	case 1:
		shape = append(shape, 1)
	case 2:
		if len(shape) > 0 {
			shape = shape[1:]
		}
	default:
		if len(shape) > 0 {
			shape[r.Intn(len(shape))] = []int{0, 1, 2, 3, 5}[r.Intn(5)]
		}
	}
	if _, ok := graph.Floats(x); !ok || !x.DType().IsFloat() {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return graph.TensorOf(oddNumbers(r, n), shape...)
	}
	return graph.NewTensor(x.DType(), shape...)
}
