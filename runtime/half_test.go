package runtime_test

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// halved turns the float32 values of m into halves of type d.
func halved(m *graph.Model, d graph.DType) *graph.Model {
	c, _ := m.Clone()
	var halve func(g *graph.Graph)
	halve = func(g *graph.Graph) {
		for _, v := range g.Values() {
			if v.Type.DType == graph.Float32 {
				v.Type.DType = d
			}
			v.Const = graph.Narrowed(v.Const, d)
		}
		for _, n := range g.Nodes {
			if n.Op == "Cast" && n.Int("to", 0) == int(graph.Float32) {
				n.Attr("to").Int = int64(d)
			}
			if a := n.Attr("value"); a != nil && a.Kind == graph.AttrTensor {
				a.Tensor = graph.Narrowed(a.Tensor, d)
			}
			for _, sub := range n.Subgraphs() {
				halve(sub)
			}
		}
	}
	halve(c.Graph)
	return c
}

// Every operator's model, with halves for float32, gives the same results by kernels and by the
// reference evaluation, which computes in float64. A rounding to the other neighbour grows in later
// nodes.
func TestHalvesRunAsTheReference(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, o := range all {
		if slices.ContainsFunc(o.Model.Graph.Nodes, func(n *graph.Node) bool { return n.Op == "QuantizeLinear" }) {
			continue // the other neighbour may be a whole step there
		}
		for d, unit := range map[graph.DType]float64{graph.Float16: 0x1p-11, graph.BFloat16: 0x1p-8} {
			t.Run(o.Name+" "+d.String(), func(t *testing.T) {
				m, feeds := halved(o.Model, d), fixtures.Feeds(o.Model, 2)
				for name, x := range feeds {
					feeds[name] = graph.Narrowed(x, d)
				}
				s, err := runtime.Compile(m, runtime.Options{Reference: true})
				if err != nil {
					return // halves are not for all operators
				}
				want, err := s.Run(context.Background(), feeds)
				if err != nil {
					return
				}
				tried++
				tolerance := op.Tolerance{Abs: 4 * unit, Rel: 4 * unit}
				for _, options := range []runtime.Options{{}, {Once: true}} { // programs, and node by node
					if s, err = runtime.Compile(m, options); err != nil {
						t.Fatal(err)
					}
					have := run(t, s, feeds)
					for _, name := range slices.Sorted(maps.Keys(want)) {
						if err := near(have[name], want[name], tolerance); err != nil {
							t.Errorf("once %v, output %q: %v", options.Once, name, err)
						}
					}
				}
			})
		}
	}
	if tried < 200 {
		t.Errorf("only %d models run with halves", tried)
	}
}

// Every node's result is rounded as if it were stored.
func TestHalvesAreRoundedAfterEveryNode(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["" : 17]>
g (TYPE[N] x) => (TYPE[N] y, TYPE[N] z, TYPE[N] c, float[N] f, TYPE[N] overflow)
   <float[1] two = {BIG}, float[1] unit = {1}, float[1] third = {0.33333334}>
{
   big = Cast<to: int = TO>(two)
   one = Cast<to: int = TO>(unit)
   a = Add(x, one)
   b = Relu(a)
   y = Sub(b, big)
   s = Identity(x)
   t = Add(one, s)
   z = Neg(t)
   f = Cast<to: int = 1>(t)
   g = Mul(f, third)
   c = Cast<to: int = TO>(g)
   d = Mul(x, x)
   e = Mul(d, x)
   h = Mul(e, e)
   overflow = Mul(h, h)
}`
	for _, c := range []struct {
		d     graph.DType
		big   float32
		names []string
	}{
		{graph.Float16, 2048, []string{"TYPE", "float16", "BIG", "2048", "TO", "10"}},
		{graph.BFloat16, 256, []string{"TYPE", "bfloat16", "BIG", "256", "TO", "16"}},
	} {
		for _, o := range []runtime.Options{{}, {Once: true}, {Reference: true}} {
			s := compile(t, strings.NewReplacer(c.names...).Replace(text), o)
			x := graph.Narrowed(vector(slices.Repeat([]float32{c.big}, 5)), c.d)
			out := run(t, s, map[string]*graph.Tensor{"x": x})
			for name, want := range map[string]float32{"y": 0, "z": -c.big, "f": c.big} {
				for _, have := range numbers(graph.Widened(out[name])) {
					if have != want {
						t.Errorf("%v %+v: %s is %v, want %v: 1 is half a unit of the last place and rounds to even", c.d, o, name, have, want)
					}
				}
			}
			if out["f"].DType() != graph.Float32 || out["y"].DType() != c.d {
				t.Errorf("%v: types %v and %v", c.d, out["f"].DType(), out["y"].DType())
			}
			third := numbers(graph.Widened(graph.Narrowed(vector([]float32{c.big * 0.33333334}), c.d)))[0]
			if have := numbers(graph.Widened(out["c"]))[0]; have != third {
				t.Errorf("%v %+v: a Cast of %v is %v, want %v", c.d, o, c.big/3, have, third)
			}
			if have := float64(numbers(graph.Widened(out["overflow"]))[0]); c.d == graph.Float16 && !math.IsInf(have, 1) {
				t.Errorf("want infinity beyond 65504, have %v", have)
			}
		}
	}
}

// Nodes that read halves run by the kernels of float32, in programs and one by one.
func TestHalvesRunByKernels(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2,4,4] x) => (float[N,3,2,2] y) <float[3,2,3,3] w = {WEIGHTS}>
{
   a = Conv<pads: ints = [1, 1, 1, 1]>(x, w)
   b = Sigmoid(a)
   c = Add(b, b)
   y = AveragePool<kernel_shape: ints = [2, 2], strides: ints = [2, 2]>(c)
}`
	m, err := graph.Parse(strings.Replace(text, "WEIGHTS", strings.TrimSuffix(strings.Repeat("0.5, ", 54), ", "), 1))
	if err != nil {
		t.Fatal(err)
	}
	m = halved(m, graph.Float16)
	for _, once := range []bool{false, true} {
		s, err := runtime.Compile(m, runtime.Options{Threads: 1, Once: once, Trace: func(e runtime.Event) {
			if e.Kernel == "reference" {
				t.Errorf("once %v: %s runs by the reference evaluation", once, e.Node.Op)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		run(t, s, map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float16, 2, 2, 4, 4)})
	}
}

// Stepping and taps show the numbers of halves, of whichever type, and steps go on from them.
func TestHalvesInStepsAndTaps(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,4] x) => (float[N,3] y) <float[4,3] w = {1, 0.1, -0.3, 0.7, 0.5, -2, 0.25, 3, 0.01, 1, -1, 0.3}>
{
   a = Mul(x, x)
   b = MatMul(a, w)
   c = Sigmoid(b)
   y = Add(c, b)
}`
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []graph.DType{graph.Float16, graph.BFloat16} {
		m := halved(m, d)
		g := m.Graph
		if err := op.InferGraph(g); err != nil { // steps go by the types of values
			t.Fatal(err)
		}
		x := graph.Narrowed(vector([]float32{1.3, -2.7, 0.11, 5, 0.3, 0.2, -1, -8}, 2, 4), d)
		feeds := map[string]*graph.Tensor{"x": x}
		b := g.Value("b")
		s, err := runtime.Compile(m, runtime.Options{Taps: []*graph.Value{b, g.Value("x")}})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string][]float32{}
		want, err := s.Tap(context.Background(), feeds, func(v *graph.Value, t *graph.Tensor) error {
			seen[v.Name] = slices.Clone(numbers(graph.Widened(t)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(seen["x"], numbers(graph.Widened(x))) {
			t.Errorf("%v: the tap shows the input as %v", d, seen["x"])
		}
		for _, f := range []*graph.Tensor{x, graph.Widened(x)} {
			batch := map[*graph.Value]*graph.Tensor{g.Value("x"): f}
			one := func(yield func(map[*graph.Value]*graph.Tensor, error) bool) { yield(batch, nil) }
			stepper := runtime.NewStepper(1)
			for i := range g.Nodes {
				if err := stepper.Step(context.Background(), m, g.Nodes[i:i+1], g.Nodes[i].Outputs(), one); err != nil {
					t.Fatal(err)
				}
			}
			if have := numbers(graph.Widened(batch[b])); !slices.Equal(have, seen["b"]) {
				t.Errorf("%v: b is %v in steps and %v at the tap", d, have, seen["b"])
			}
			if have := graph.Narrowed(graph.Widened(batch[g.Value("y")]), d); !slices.Equal(have.Raw(), want["y"].Raw()) {
				t.Errorf("%v: y in steps differs from that of a run", d)
			}
			if batch[b].DType() != graph.Float32 {
				t.Errorf("%v: b is converted to %v between steps", d, batch[b].DType())
			}
		}
	}
}
