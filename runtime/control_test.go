package runtime_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

const controlHeader = "<ir_version: 8, opset_import: [\"\" : 17]>\n"

// controls are models with nested subgraphs that capture values and carry values whose shapes
// change.
var controls = map[string]string{
	"an If in a Loop that both read outer values": `g (float[N,4] x, int64 m) => (float[?,4] y, float[?,N,4] z, float[N,4] w)
{
   a = Relu(x)
   b = Exp(a)
   y, z = Loop (m, "", a) <body = l (int64 k, bool c, float[?,4] s) => (bool d, float[?,4] t, float[N,4] u) {
      one = Constant<value = int64 {1}>()
      odd = Mod(k, one)
      even = Equal(k, one)
      u = If (even) <then_branch = p () => (float[N,4] q) { q = Add(a, b) }, else_branch = r () => (float[N,4] v) { e = Relu(b) v = Mul(e, a) }>
      t = Concat<axis = 0>(s, u)
      d = Identity(c)
   }>
   w = Add(a, b)
}`,
	"sequences that grow": `g (float[N,4] x, int64 m) => (float[?,4] y, int64 n, seq(float[?,4]) s)
{
   a = Relu(x)
   e = SequenceEmpty()
   s = Loop (m, "", e) <body = l (int64 k, bool c, seq(float[?,4]) s0) => (bool d, seq(float[?,4]) s1) {
      f = Cast<to = 1>(k)
      b = Add(a, f)
      r = Relu(b)
      s1 = SequenceInsert(s0, r)
      d = Identity(c)
   }>
   one = Relu(x)
   t = SequenceInsert(s, one)
   y = ConcatFromSequence<axis = 0>(t)
   n = SequenceLength(t)
}`,
	"a value passed through a branch stays whole": `g (float[N,4] x, int64 m) => (float[N,4] y, float[N,4] z)
{
   a = Relu(x)
   t = Cast<to = 9>(m)
   b = If (t) <then_branch = p () => (float[N,4] q) { q = Identity(a) }, else_branch = r () => (float[N,4] v) { v = Neg(a) }>
   c = Exp(a)
   y = Add(b, c)
   z = Relu(b)
}`,
	"a scan that captures": `g (float[N,4] x, int64 m) => (float[4] y, float[N,4] z)
{
   a = Relu(x)
   i = ReduceMax<axes = [0], keepdims = 0>(a)
   y, z = Scan (i, a) <num_scan_inputs = 1, body = b (float[4] s, float[4] p) => (float[4] t, float[4] q) {
      r = Relu(p)
      t = Add(s, r)
      q = Mul(t, i)
   }>
}`,
}

// feedsOf returns feeds of that many rows for x, which differ by seed, and m.
func feedsOf(rows, m, seed int) map[string]*graph.Tensor {
	x := make([]float32, rows*4)
	for i := range x {
		x[i] = float32((i*7+seed*3)%11)/10 - 0.3
	}
	return map[string]*graph.Tensor{"x": graph.TensorOf(x, rows, 4), "m": graph.TensorOf([]int64{int64(m)})}
}

// sameTensor compares with a tolerance, because kernels may add in another order than the
// reference.
func sameTensor(t *testing.T, what string, have, want *graph.Tensor) {
	t.Helper()
	if have.DType() != want.DType() || !slices.Equal(have.Shape(), want.Shape()) {
		t.Errorf("%s: want %v%v, have %v%v", what, want.DType(), want.Shape(), have.DType(), have.Shape())
		return
	}
	if want.DType() == graph.Sequence {
		for i, w := range want.Items() {
			sameTensor(t, what, have.Items()[i], w)
		}
		return
	}
	if abs, _, err := runtime.Diff(have, want); err != nil || abs > 1e-5 {
		t.Errorf("%s: differs by %g (%v)", what, abs, err)
	}
}

// Subgraphs give the same results as the reference interpreter, repeatedly, on many goroutines,
// with shapes that change. Memory that is still being read is not handed out.
func TestSubgraphsAgreeWithReference(t *testing.T) {
	for name, text := range controls {
		t.Run(name, func(t *testing.T) {
			m, err := graph.Parse(controlHeader + text)
			if err != nil {
				t.Fatal(err)
			}
			fast, err := runtime.Compile(m, runtime.Options{Threads: 2})
			if err != nil {
				t.Fatal(err)
			}
			slow, err := runtime.Compile(m, runtime.Options{Reference: true})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for seed := range 8 {
				wg.Go(func() {
					for round := range 12 {
						feeds := feedsOf(1+(seed+round)%5, round%4, seed)
						have, err := fast.Run(t.Context(), feeds)
						if err != nil {
							t.Error(err)
							return
						}
						want, err := slow.Run(t.Context(), feeds)
						if err != nil {
							t.Error(err)
							return
						}
						for output, w := range want {
							sameTensor(t, output, have[output], w)
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestNoIterationGivesEmptyOutputs(t *testing.T) {
	m, err := graph.Parse(controlHeader + controls["an If in a Loop that both read outer values"])
	if err != nil {
		t.Fatal(err)
	}
	out, err := runtime.Evaluator{}.Evaluate(t.Context(), m, feedsOf(3, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if z := out["z"].Shape(); len(z) != 3 || z[0] != 0 || out["y"].Shape()[0] != 3 {
		t.Errorf("y is %v, z is %v", out["y"].Shape(), z)
	}
}

// The context ends a loop whose condition never fails, which cannot be known in advance.
func TestLoopsEndWithTheContext(t *testing.T) {
	m, err := graph.Parse(controlHeader + `g (float[2] x) => (float[2] y) { y = Loop ("", "", x) <body = b (int64 k, bool c, float[2] s) => (bool d, float[2] t) { t = Neg(s) e = Sub(t, t) h = ReduceMax<keepdims = 0>(e) d = Equal(h, h) }> }`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := (runtime.Evaluator{}).Evaluate(ctx, m, map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 2}, 2)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("have error %v", err)
	}
}

// A branch that cannot be computed is an error only if it is taken.
func TestABranchThatIsNotTakenMayFail(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17, "com.x" : 1]> g (float[2] x, bool c) => (float[2] y)
{ y = If (c) <then_branch = p () => (float[2] q) { q = com.x.Own(x) }, else_branch = r () => (float[2] v) { v = Neg(x) }> }`)
	if err != nil {
		t.Fatal(err)
	}
	for _, taken := range []bool{false, true} {
		_, err := runtime.Evaluator{}.Evaluate(t.Context(), m, map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 2}, 2), "c": graph.TensorOf([]bool{taken})})
		if (err != nil) != taken {
			t.Errorf("taken %v: error %v", taken, err)
		}
	}
}
