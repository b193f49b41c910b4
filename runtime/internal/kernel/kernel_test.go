package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// proof is a node with inputs for which a kernel must give the results of Eval.
type proof struct {
	op      string
	version int // 0 means the operator's latest
	attrs   []*graph.Attr
	in      []*graph.Tensor // nil if left out
	terms   int             // number of terms in the sum for one element, with which the tolerance grows
	outs    int             // 0 means 1
	domain  string
}

// node builds the node in a graph of its own. Inputs that are not float32 are constants.
func (p proof) node(t testing.TB) *graph.Node { return p.nodeOf(t, otherTypes) }

// constants says which inputs of a proof's node are constants.
type constants int

const (
	otherTypes  constants = iota // those that are not float32
	allButFirst                  // those, and all but the first
	noInput                      // none
)

// is reports whether input i, which is x, is a constant.
func (c constants) is(i int, x *graph.Tensor) bool {
	return c != noInput && (x.DType() != graph.Float32 || c == allButFirst && i > 0)
}

// nodeOf is like node, with these inputs as constants.
func (p proof) nodeOf(t testing.TB, constant constants) *graph.Node {
	t.Helper()
	g := graph.New("proof")
	version := p.version
	switch {
	case version != 0:
	case p.domain != "":
		version = 1
	default:
		version = op.Latest
	}
	value := func(name string) *graph.Value {
		v, err := g.NewValue(name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	inputs := make([]*graph.Value, len(p.in))
	for i, x := range p.in {
		if x == nil {
			continue
		}
		inputs[i] = value(fmt.Sprint("x", i))
		if !constant.is(i, x) {
			inputs[i].Type = graph.TypeOf(x)
			g.AddInput(inputs[i])
		} else {
			g.SetConst(inputs[i], x)
		}
	}
	outs := make([]*graph.Value, max(1, p.outs))
	for i := range outs {
		outs[i] = value(fmt.Sprint("y", i))
	}
	n, err := g.NewNode(p.op, p.domain, version, inputs, outs, p.attrs...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// name returns the operator's name for binders.
func (p proof) name() string {
	if p.domain == "" {
		return p.op
	}
	return p.domain + "." + p.op
}

func (p proof) String() string {
	s := fmt.Sprint(p.name(), " ", p.version)
	for _, x := range p.in {
		if x == nil {
			s += " -"
		} else {
			s += fmt.Sprint(" ", x.DType(), x.Shape())
		}
	}
	for _, a := range p.attrs {
		s += fmt.Sprintf(" %s=%v%v%v%q", a.Name, a.Int, a.Float, a.Ints, a.String)
	}
	return s
}

// prove binds the node in every possible way and compares with Eval. See proveBound.
func (p proof) prove(t *testing.T) {
	t.Helper()
	n := p.node(t)
	def := op.Lookup(n)
	if def == nil {
		t.Fatal(op.Why(n))
	}
	if binders[p.name()] == nil {
		t.Fatalf("%v: no kernel", p)
	}
	want, err := def.Eval(n, p.in)
	p.proveBound(t, want, err)
}

// proveBinds is prove for nodes that must have a bound kernel.
func (p proof) proveBinds(t *testing.T) {
	t.Helper()
	p.prove(t)
	n := p.node(t)
	want, err := op.Lookup(n).Eval(n, p.in)
	if err != nil {
		t.Fatalf("%v: %v", p, err)
	}
	if p.proveBound(t, want, nil) == 0 {
		t.Fatalf("%v: nothing is bound", p)
	}
}

func (p proof) differBy(tolerance op.Tolerance, got, want *graph.Tensor) string {
	if got.DType() != want.DType() || fmt.Sprint(got.Shape()) != fmt.Sprint(want.Shape()) {
		return fmt.Sprintf("is %v%v, want %v%v", got.DType(), got.Shape(), want.DType(), want.Shape())
	}
	a, _ := graph.Floats(got)
	b, _ := graph.Floats(want)
	grow := math.Sqrt(float64(max(1, p.terms)))
	for i := range a {
		if a[i] == b[i] || (math.IsNaN(a[i]) && math.IsNaN(b[i])) {
			continue
		}
		if d := math.Abs(a[i] - b[i]); !(d <= tolerance.Abs*grow+tolerance.Rel*math.Abs(b[i])) {
			return fmt.Sprintf("at %d is %g, want %g", i, a[i], b[i])
		}
	}
	return ""
}

// random returns a tensor of normally distributed numbers.
func random(rng *rand.Rand, dims ...int) *graph.Tensor {
	v := make([]float32, volume(dims))
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return graph.TensorOf(v, dims...)
}

// seeded gives the tests of one name the same numbers in every run.
func seeded(t testing.TB) *rand.Rand {
	sum := uint64(1469598103934665603)
	for _, c := range t.Name() {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(sum, 1))
}

// pick returns one of the values.
func pick[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

func TestKernelsAreForOperatorsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, d := range op.All() {
		known[proof{op: d.Name, domain: d.Domain}.name()] = true
	}
	for name := range binders {
		if !strings.HasPrefix(name, Own+".") && !known[name] {
			t.Errorf("a bound kernel is registered for %s, which graph/op does not define", name)
		}
	}
}

func TestOtherElementTypesAreEvals(t *testing.T) {
	for _, name := range []string{"Add", "Relu", "MatMul", "Gemm", "Conv"} {
		x := graph.TensorOf([]float64{1, 2, 3, 4}, 2, 2)
		p := proof{op: name, in: []*graph.Tensor{x, x}}
		if name == "Relu" {
			p.in = p.in[:1]
		}
		n := p.node(t)
		q := &Request{Node: n, In: p.arrays(n), Out: []Array{{DType: graph.Float64, Dims: []int{2, 2}}}, Threads: 1, Epilogue: Epilogue{Activation: NoActivation}}
		if _, err := Bind(q); err != ErrUnfit {
			t.Errorf("%s of doubles: want ErrUnfit, have %v", name, err)
		}
	}
}
