package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// compile returns a session for a model in text form.
func compile(t testing.TB, text string, opt runtime.Options) *runtime.Session {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := runtime.Compile(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t testing.TB, s *runtime.Session, feeds map[string]*graph.Tensor) map[string]*graph.Tensor {
	t.Helper()
	out, err := s.Run(context.Background(), feeds)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func numbers(t *graph.Tensor) []float32 { return graph.Data[float32](t) }

// vector returns a feed of one axis, or of the given shape.
func vector(v []float32, dims ...int) *graph.Tensor {
	if dims == nil {
		dims = []int{len(v)}
	}
	return graph.TensorOf(v, dims...)
}

const chain = `<ir_version: 8, opset_import: ["" : 17]>
chain (float[N] x) => (float[N] y, float[N] z, float[N] x2)
   <float[1] two = {2}, float[1] three = {3}>
{
   six = Mul(two, three)
   a = Mul(x, six)
   b = Neg(a)
   c = Relu(b)
   d = Abs(b)
   y = Add(c, d)
   z = Identity(y)
   x2 = Identity(x)
}`

func TestRunComputesTheOutputs(t *testing.T) {
	for _, reference := range []bool{false, true} {
		s := compile(t, chain, runtime.Options{Reference: reference})
		for _, x := range [][]float32{{1, -2}, {3}, {}, {-1, -1, 5}} {
			out := run(t, s, map[string]*graph.Tensor{"x": vector(x)})
			for i, v := range x {
				want := 6 * max(v, -v)
				if v < 0 {
					want *= 2
				}
				if y := numbers(out["y"])[i]; y != want {
					t.Errorf("reference %v: y of %v is %v, want %v", reference, v, y, want)
				}
			}
		}
	}
}

func TestOutputsAreTheCallersOwn(t *testing.T) {
	s := compile(t, chain, runtime.Options{})
	x := vector([]float32{1, -2, 3})
	first := run(t, s, map[string]*graph.Tensor{"x": x})
	want := slices.Clone(numbers(first["y"]))
	clear(numbers(x))
	clear(numbers(first["z"]))
	run(t, s, map[string]*graph.Tensor{"x": vector([]float32{9, 9, 9})})
	if got := numbers(first["y"]); !slices.Equal(got, want) {
		t.Errorf("y was %v and became %v: it lies in memory of z or of the next run", want, got)
	}
	if got := numbers(first["x2"]); !slices.Equal(got, []float32{1, -2, 3}) {
		t.Errorf("x2 became %v: it lies in the feed's memory", got)
	}
	constant := compile(t, `<ir_version: 8, opset_import: ["" : 17]>
constant () => (float[1] y, float[2] t) <float[1] y = {2}, string[1] s = {"a"}> { t = Concat<axis = 0>(y, y) }`, runtime.Options{})
	out := run(t, constant, nil)
	clear(numbers(out["y"]))
	clear(numbers(out["t"]))
	if out := run(t, constant, nil); numbers(out["y"])[0] != 2 || numbers(out["t"])[1] != 2 {
		t.Errorf("constants became %v and %v: outputs lie in their memory", out["y"], out["t"])
	}
}

func TestRunsAtTheSameTime(t *testing.T) {
	s := compile(t, chain, runtime.Options{Threads: 2})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				v := float32(g*50 + i)
				x := make([]float32, 1+(g+i)%70)
				for j := range x {
					x[j] = v
				}
				out, err := s.Run(context.Background(), map[string]*graph.Tensor{"x": vector(x)})
				if err != nil {
					t.Error(err)
					return
				}
				for _, y := range numbers(out["y"]) {
					if y != 6*v {
						t.Errorf("y of %v is %v", v, y)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestFeedsAreChecked(t *testing.T) {
	s := compile(t, `<ir_version: 8, opset_import: ["" : 17]>
feeds (float[N,1,28,28] x, float[M,N] b, int64[?] ids, float[2] w) => (float[N,1,28,28] y)
   <float[2] w = {1, 2}>
{ y = Relu(x) }`, runtime.Options{})
	good := func() map[string]*graph.Tensor {
		return map[string]*graph.Tensor{
			"x": graph.NewTensor(graph.Float32, 3, 1, 28, 28), "b": graph.NewTensor(graph.Float32, 5, 3), "ids": graph.NewTensor(graph.Int64, 7),
		}
	}
	run(t, s, good())
	for _, c := range []struct {
		name string
		feed *graph.Tensor // nil if left out
		want string
	}{
		{"x", nil, `input "x": missing, want float[N,1,28,28]`},
		{"x", graph.NewTensor(graph.Float32, 8, 28, 28), `input "x": want float[N,1,28,28], have float[8,28,28]`},
		{"x", graph.NewTensor(graph.Float32, 8, 1, 28, 27), `input "x": want float[N,1,28,28], have float[8,1,28,27]`},
		{"x", graph.NewTensor(graph.Float64, 3, 1, 28, 28), `input "x": want float[N,1,28,28], have double[3,1,28,28]`},
		{"b", graph.NewTensor(graph.Float32, 5, 4), `input "b": want float[M,N], have float[5,4]: N is 3 in input "x"`},
		{"ids", graph.NewTensor(graph.Int32, 7), `input "ids": want int64[?], have int32[7]`},
		{"w", graph.NewTensor(graph.Float32, 3), `input "w": want float[2], have float[3]`},
		{"u", graph.NewTensor(graph.Float32), `input "u": the model has no such input, it has "x", "b", "ids", "w"`},
	} {
		feeds := good()
		feeds[c.name] = c.feed
		if c.feed == nil {
			delete(feeds, c.name)
		}
		if _, err := s.Run(context.Background(), feeds); err == nil || err.Error() != c.want {
			t.Errorf("have error %v\nwant       %s", err, c.want)
		}
	}
}

func TestInputsWithADefaultMayBeFed(t *testing.T) {
	s := compile(t, `<ir_version: 8, opset_import: ["" : 17]>
default (float[2] x, float[2] w) => (float[2] y) <float[2] w = {1, 2}> { v = Neg(w)  y = Mul(x, v) }`, runtime.Options{})
	x := vector([]float32{3, 4})
	if y := numbers(run(t, s, map[string]*graph.Tensor{"x": x})["y"]); !slices.Equal(y, []float32{-3, -8}) {
		t.Errorf("with the default: %v", y)
	}
	if y := numbers(run(t, s, map[string]*graph.Tensor{"x": x, "w": vector([]float32{10, 20})})["y"]); !slices.Equal(y, []float32{-30, -80}) {
		t.Errorf("with a feed: %v", y)
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { [odd] y = NoSuchOperator(x) }`,
			`node "odd" (NoSuchOperator): operator NoSuchOperator is not supported`},
		{`<ir_version: 8, opset_import: ["" : 17, "com.x" : 1]> g (float[2] x) => (float[2] y) { y = com.x.Relu(x) }`,
			`node "y" (com.x.Relu): operator com.x.Relu is not supported`},
		{`<ir_version: 8, opset_import: ["" : 3]> g (float[2] x) => (float[2] y) { y = Dropout(x) }`,
			`node "y" (Dropout): operator Dropout at opset 3 is not supported: only opsets 7 to 28 are`},
		{`<ir_version: 8, opset_import: ["" : 17, "com.x" : 1]> g (bool b, float[1] x) => (float[1] y) { y = If (b) <then_branch = a () => (float[1] o) { o = com.x.Relu(x) }, else_branch = c () => (float[1] p) { p = com.x.Relu(x) }> }`,
			`node "y" (If): subgraph "a": node "o" (com.x.Relu): operator com.x.Relu is not supported`},
		{`<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Add(x) }`, `node "y" (Add): want 2 inputs, have 1`},
		{`<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) <float[2] a = {1, 2}, float[3] b = {1, 2, 3}> { [bad] c = Add(a, b) y = Add(x, c) }`,
			`node "bad" (Add): `},
	} {
		m, err := graph.Parse(c.text)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		if _, err := runtime.Compile(m, runtime.Options{}); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("have error %v\nwant       %s", err, c.want)
		}
	}
	if _, err := runtime.Compile(&graph.Model{}, runtime.Options{}); err == nil {
		t.Error("a model without a graph: want an error")
	}
}

func TestErrorsNameTheNode(t *testing.T) {
	s := compile(t, `<ir_version: 8, opset_import: ["" : 17]> g (float[N] x, float[M] w) => (float[?] y) { [sum] y = Add(x, w) }`, runtime.Options{})
	_, err := s.Run(context.Background(), map[string]*graph.Tensor{"x": vector(make([]float32, 2)), "w": vector(make([]float32, 3))})
	if err == nil || !strings.HasPrefix(err.Error(), `node "sum" (Add): `) {
		t.Errorf("want the node's name, have %v", err)
	}
}

// tapped compiles the chain with taps on these values, of which six is a constant.
func tapped(t *testing.T, o runtime.Options, names ...string) *runtime.Session {
	t.Helper()
	m, err := graph.Parse(chain)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		o.Taps = append(o.Taps, m.Graph.Value(name))
	}
	s, err := runtime.Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCancelledRunsStop(t *testing.T) {
	for _, o := range []runtime.Options{{}, {Reference: true}, {Once: true}} {
		s := tapped(t, o, "a", "b")
		ctx, cancel := context.WithCancel(context.Background())
		seen := 0
		_, err := s.Tap(ctx, map[string]*graph.Tensor{"x": vector([]float32{1})}, func(*graph.Value, *graph.Tensor) error {
			seen++
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || seen != 1 {
			t.Errorf("%+v: want context.Canceled after 1 value, have %v after %d", o, err, seen)
		}
	}
}

func TestTapShowsWhatIsWanted(t *testing.T) {
	for _, o := range []runtime.Options{{}, {Reference: true}, {Once: true}} {
		names := []string{"x", "z", "a", "c", "six"}
		if o.Once {
			names = names[:4] // six is computed when it is reached
		}
		s := tapped(t, o, names...)
		var seen []string
		out, err := s.Tap(context.Background(), map[string]*graph.Tensor{"x": vector([]float32{-1})}, func(v *graph.Value, x *graph.Tensor) error {
			seen = append(seen, fmt.Sprint(v.Name, "=", numbers(x)[0]))
			return nil
		})
		if err != nil || numbers(out["y"])[0] != 12 {
			t.Errorf("%+v: y is %v, error %v", o, out["y"], err)
		}
		if want := []string{"x=-1", "a=-6", "c=6", "z=12"}; !slices.Equal(seen, want) {
			t.Errorf("%+v: seen %v, want %v", o, seen, want)
		}
		stop := errors.New("stop")
		_, err = s.Tap(context.Background(), map[string]*graph.Tensor{"x": vector([]float32{-1})}, func(v *graph.Value, _ *graph.Tensor) error {
			if v.Name == "c" {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) {
			t.Errorf("%+v: want the visitor's error, have %v", o, err)
		}
	}
}

func TestTraceNamesKernels(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]string{}
	trace := func(e runtime.Event) {
		mu.Lock()
		defer mu.Unlock()
		seen[e.Node.Op] = e.Kernel
	}
	s := compile(t, `<ir_version: 8, opset_import: ["" : 17]> g (float[N,3] x) => (float[?] y, int64[2] s) { a = Relu(x)  s = Shape(a)  y = Sinh(a) }`, runtime.Options{Trace: trace})
	run(t, s, map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 2, 3)})
	if seen["Relu"] != "unary" || seen["Sinh"] != "reference" || seen["Shape"] != "" /* known before anything runs */ {
		t.Errorf("kernels: %v", seen)
	}
}

// evaluator is the interface that the passes ask for, repeated here because they must not be
// imported.
type evaluator interface {
	Evaluate(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error)
}

var _ evaluator = runtime.Evaluator{}

func TestEvaluator(t *testing.T) {
	m, err := graph.Parse(chain)
	if err != nil {
		t.Fatal(err)
	}
	out, err := runtime.Evaluator{Threads: 1}.Evaluate(context.Background(), m, map[string]*graph.Tensor{"x": vector([]float32{1})})
	if err != nil || numbers(out["y"])[0] != 6 {
		t.Errorf("y is %v, error %v", out["y"], err)
	}
}
