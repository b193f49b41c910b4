package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// proof is a node with inputs on which a kernel must do what Eval does.
type proof struct {
	op      string
	version int // 0: the operator's latest
	attrs   []*graph.Attr
	in      []*graph.Tensor // nil: left out
	terms   int             // numbers summed for one element, by which the tolerance grows
	outs    int             // 0: 1
	domain  string
}

// node builds the node in a graph of its own; inputs that are not float32 are constants.
func (p proof) node(t testing.TB) *graph.Node { return p.nodeOf(t, false) }

// nodeOf is node with all inputs but the first as constants, or only those that are not float32.
func (p proof) nodeOf(t testing.TB, constant bool) *graph.Node {
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
		if x.DType() == graph.Float32 && (!constant || i == 0) {
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

// name is the operator as binders are registered for it.
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

// garbage is a Memory whose buffers are full of NaN: a kernel that leaves an element out shows.
type garbage struct{}

func (garbage) Get(n int) []float32 {
	b := make([]float32, n)
	fill(b, float32(math.NaN()))
	return b
}
func (garbage) Put([]float32) {}

// prove runs the kernel with one thread and with three, with constant and with
// changing inputs, and compares with Eval. Eval's error must be the kernel's ErrUnfit. The bound kernel, where
// there is one, must do the same.
func (p proof) prove(t *testing.T) {
	t.Helper()
	n := p.node(t)
	def := op.Lookup(n)
	if def == nil {
		t.Fatal(op.Why(n))
	}
	want, err := def.Eval(n, p.in)
	if len(kernels[p.op]) == 0 || p.domain != "" {
		if binders[p.name()] == nil {
			t.Fatalf("%v: no kernel", p)
		}
	} else {
		p.proveKernel(t, n, def, want, err)
	}
	p.proveBound(t, want, err)
}

// proveBinds is prove for what must have a bound kernel.
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

func (p proof) proveKernel(t *testing.T, n *graph.Node, def *op.Def, want []*graph.Tensor, wantErr error) {
	t.Helper()
	for _, threads := range []int{1, 3} {
		for _, constant := range []bool{false, true} {
			consts := make([]*graph.Tensor, len(p.in))
			for i, x := range p.in {
				if x != nil && (constant && i > 0 || x.DType() != graph.Float32) {
					consts[i] = x
				}
			}
			k, f, err := Prepare(n, consts)
			if err != nil || f == nil {
				t.Fatalf("%v: no kernel (%v)", p, err)
			}
			got, err := f(&Run{Threads: threads, Memory: garbage{}}, p.in)
			if err == ErrUnfit && binders[p.name()] != nil {
				continue // the bound kernel or Eval does it
			}
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("%v: %s gives error %v, Eval %v", p, k.Name, err, wantErr)
			}
			for i := range got {
				if want[i] == nil && got[i] == nil {
					continue
				}
				if d := p.differ(def, got[i], want[i]); d != "" {
					t.Fatalf("%v: %s, %d threads, constant weights %v: output %d %s", p, k.Name, threads, constant, i, d)
				}
			}
		}
	}
}

func (p proof) differ(def *op.Def, got, want *graph.Tensor) string {
	return p.differBy(def.Tolerance, got, want)
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

// random makes a tensor of normally distributed numbers.
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

// pick is one of the values.
func pick[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

func TestKernelsAreForOperatorsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, d := range op.All() {
		known[proof{op: d.Name, domain: d.Domain}.name()] = true
	}
	for name := range binders {
		if !known[name] {
			t.Errorf("a bound kernel is registered for %s, which graph/op does not define", name)
		}
	}
	for name := range kernels {
		if !known[name] {
			t.Errorf("a kernel is registered for %s, which graph/op does not define", name)
		}
	}
}

func TestParallelCoversEveryIndexOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 7} {
		for _, n := range []int{0, 1, 2, 13, 1000} {
			seen := make([]int, n)
			(&Run{Threads: threads}).Parallel(n, Grain, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					seen[i]++
				}
			})
			for i, c := range seen {
				if c != 1 {
					t.Fatalf("%d threads, %d indices: index %d was visited %d times", threads, n, i, c)
				}
			}
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
		_, f, err := Prepare(n, make([]*graph.Tensor, len(p.in)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f(&Run{Threads: 1, Memory: garbage{}}, p.in); err != ErrUnfit {
			t.Errorf("%s of doubles: want ErrUnfit, have %v", name, err)
		}
	}
}
