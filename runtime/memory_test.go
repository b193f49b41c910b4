package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/runtime"
)

// ranOnce compiles the model of that text and runs it once on x, which is all ones of that shape.
func ranOnce(t *testing.T, text string, reference bool, shape ...int) (map[string]*graph.Tensor, error) {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 17]> ` + text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := runtime.Compile(m, runtime.Options{Threads: 1, Reference: reference})
	if err != nil {
		return nil, err
	}
	x := graph.NewTensor(graph.Float32, shape...)
	for i, data := 0, graph.Data[float32](x); i < len(data); i++ {
		data[i] = 1
	}
	return s.Run(t.Context(), map[string]*graph.Tensor{"x": x})
}

// A run that would exceed the memory limit is refused in advance, however the model is run and
// wherever the size comes from: extents of inputs, contents of inputs, constants that nodes
// compute, many values at once, or a loop.
func TestARunKeepsToTheMemoryLimit(t *testing.T) {
	defer memory.SetLimit(memory.SetLimit(8 << 20))
	doubled := func(first string) string {
		var b strings.Builder
		last := first
		for i := range 22 {
			fmt.Fprintf(&b, "c%d = Concat<axis = 0>(%s, %s)\n", i, last, last)
			last = fmt.Sprintf("c%d", i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"extents of what is fed": `g (float[N,1] x) => (float y) { t = Transpose<perm = [1, 0]>(x) p = MatMul(x, t) y = ReduceSum<keepdims = 0>(p) }`,
		"numbers that are fed": `g (float[N,1] x) => (float y) <float[1] big = {100000000}> {
			b = ReduceMax<keepdims = 0>(x) c = Mul(b, big) d = Cast<to = 7>(c) s = Reshape(d, one) e = ConstantOfShape(s) y = ReduceSum<keepdims = 0>(e) }`,
		"constants": `g (float[N,1] x) => (float y) <float[4] w = {1, 2, 3, 4}> { ` + doubled("w") + ` s = ReduceSum<keepdims = 0>(c21) y = Add(x, s) }`,
		"values":    `g (float[N,1] x) => (float y) { ` + doubled("x") + ` y = ReduceSum<keepdims = 0>(c21) }`,
		"many at once": `g (float[N,1] x) => (float y) <int64[2] s = {1, 300}> {
			a = Tile(x, s) b = Neg(a) c = Abs(b) d = Exp(c) e = Add(a, b) f = Add(c, d) g = Add(e, f) y = ReduceSum<keepdims = 0>(g) }`,
		"scan outputs": `g (float[N,1] x) => (float y) <int64 trips = {1000000}, bool go = {1}> {
			l = Loop(trips, go) <body = b (int64 i, bool c) => (bool d, float[N,1] o) { d = Identity(c) o = Neg(x) }>
			y = ReduceSum<keepdims = 0>(l) }`,
		"a sequence that grows": `g (float[N,1] x) => (float y) <int64 trips = {1000000}, bool go = {1}> {
			q = SequenceEmpty()
			l = Loop(trips, go, q) <body = b (int64 i, bool c, seq(float) s) => (bool d, seq(float) r) { d = Identity(c) o = Neg(x) r = SequenceInsert(s, o) }>
			z = ConcatFromSequence<axis = 0>(l)
			y = ReduceSum<keepdims = 0>(z) }`,
	} {
		for _, reference := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " reference=", reference), func(t *testing.T) {
				if strings.Contains(text, "(d, one)") {
					text = strings.Replace(text, "<float[1] big", "<int64[1] one = {1}, float[1] big", 1)
				}
				_, err := ranOnce(t, text, reference, 2000, 1)
				var refused *memory.Error
				if !errors.As(err, &refused) || refused.Limit != 8<<20 || refused.Bytes <= 8<<20 {
					t.Errorf("have %v", err)
				}
			})
		}
	}
}

// A constant that is too large to compute at compile time is computed in each run, with the same
// result.
func TestLargeConstantsAreComputedAtEachRun(t *testing.T) {
	const text = `g (float[N] x) => (float[N] y) <int64[1] s = {6000000}, float[1] w = {3}> {
		c = Expand(w, s)
		m = ReduceMean<keepdims = 0>(c)
		y = Mul(x, m)
	}`
	for _, reference := range []bool{false, true} {
		out, err := ranOnce(t, text, reference, 2)
		if err != nil {
			t.Fatal(err)
		}
		if y := graph.Data[float32](out["y"]); y[0] != 3 || y[1] != 3 {
			t.Errorf("reference %v: have %v", reference, y)
		}
	}
}

// A loop whose body has no nodes has no other point at which to check its context.
func TestALoopWithoutNodesEndsWithItsContext(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 17]>
g (float[N] x) => (float[N] y) <int64 trips = {1000000000000}, bool go = {1}> {
	y = Loop(trips, go, x) <body = b (int64 i, bool c, float[N] s) => (bool c, float[N] s) {}>
}`)
	if err != nil {
		t.Fatal(err)
	}
	s, err := runtime.Compile(m, runtime.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Run(ctx, map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1}, 1)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("have %v", err)
	}
}
