package op_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/graph/op"
)

// An operator can make much of little: of extents that stand in a tensor, of those of two inputs, of none at all. Each is
// refused before anything is allocated.
func TestWhatTakesTooMuchIsNotEvaluated(t *testing.T) {
	long, wide := graph.NewTensor(graph.Float32, 1<<20, 1), graph.NewTensor(graph.Float32, 1, 1<<20)
	one := graph.TensorOf([]float32{1})
	for _, c := range []struct {
		op    string
		attrs []*graph.Attr
		in    []*graph.Tensor
	}{
		{"Add", nil, []*graph.Tensor{long, wide}},
		{"MatMul", nil, []*graph.Tensor{long, wide}},
		{"MatMul", nil, []*graph.Tensor{graph.NewTensor(graph.Float32, 1<<20, 0), graph.NewTensor(graph.Float32, 0, 1<<20)}},
		{"ReduceSum", nil, []*graph.Tensor{graph.NewTensor(graph.Float32, 1<<30, 0), i64([]int64{1})}},
		{"Expand", nil, []*graph.Tensor{one, i64([]int64{1 << 40, 1 << 40})}},
		{"ConstantOfShape", nil, []*graph.Tensor{i64([]int64{1 << 31, 1 << 31})}},
		{"Tile", nil, []*graph.Tensor{long, i64([]int64{1 << 10, 1 << 10})}},
		{"Range", nil, []*graph.Tensor{graph.TensorOf([]int64{0}), graph.TensorOf([]int64{1 << 40}), graph.TensorOf([]int64{1})}},
		{"OneHot", nil, []*graph.Tensor{i64([]int64{0, 1}), graph.TensorOf([]int64{1 << 40}), graph.TensorOf([]float32{0, 1}, 2)}},
		{"Pad", nil, []*graph.Tensor{long, i64([]int64{0, 0, 1 << 40, 0})}},
		{"Resize", nil, []*graph.Tensor{long, nil, nil, i64([]int64{1 << 20, 1 << 20})}},
		{"HannWindow", nil, []*graph.Tensor{graph.TensorOf([]int64{1 << 40})}},
		{"Conv", []*graph.Attr{graph.IntsAttr("pads", 1<<20, 1<<20, 1<<20, 1<<20)}, []*graph.Tensor{
			graph.NewTensor(graph.Float32, 1, 1, 4, 4), graph.NewTensor(graph.Float32, 1, 1, 3, 3)}},
	} {
		g := graph.New("g")
		in := make([]*graph.Value, len(c.in))
		for i, x := range c.in {
			if x != nil {
				in[i] = g.Fresh("x")
			}
		}
		n, err := g.NewNode(c.op, "", 20, in, []*graph.Value{g.Fresh("y")}, c.attrs...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = op.Lookup(n).Eval(n, c.in)
		var refused *memory.Error
		if err == nil || !errors.As(err, &refused) && !strings.Contains(err.Error(), "want") && !strings.Contains(err.Error(), "range") {
			t.Errorf("%s: have %v", c.op, err)
		}
	}
}

// A constant that is blown up is refused where types are inferred: nothing that is fed changes it.
func TestConstantsThatAreBlownUpAreRefused(t *testing.T) {
	g := graph.New("g")
	shape := g.AddConst("shape", i64([]int64{1 << 20, 1 << 20}))
	n, err := g.NewNode("ConstantOfShape", "", 20, []*graph.Value{shape}, []*graph.Value{g.Fresh("c")})
	if err != nil {
		t.Fatal(err)
	}
	err = op.Infer(n)
	for _, part := range []string{`"c" (ConstantOfShape)`, "float[1048576,1048576]", "4 TiB", "made of constants of 2 elements"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
	g.Inputs = append(g.Inputs, shape) // a default, which may be overridden
	if err := op.Infer(n); err != nil {
		t.Error(err)
	}
}

// The limit is what decides, and what fits is computed.
func TestEvalKeepsToTheLimit(t *testing.T) {
	defer memory.SetLimit(memory.SetLimit(1 << 20))
	g := graph.New("g")
	n, err := g.NewNode("ConstantOfShape", "", 20, []*graph.Value{g.Fresh("shape")}, []*graph.Value{g.Fresh("c")})
	if err != nil {
		t.Fatal(err)
	}
	d := op.Lookup(n)
	if out, err := d.Eval(n, []*graph.Tensor{i64([]int64{1000})}); err != nil || out[0].Len() != 1000 {
		t.Errorf("1,000 elements under a limit of 1 MiB: %v", err)
	}
	if _, err := d.Eval(n, []*graph.Tensor{i64([]int64{1 << 18})}); err == nil {
		t.Error("262,144 elements and what computing them takes pass a limit of 1 MiB")
	}
}
