package runtime

import (
	"context"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestClassesFit(t *testing.T) {
	for n := 1; n < 100000; n += 1 + n/7 {
		if c := class(n); c < n || (n > 64 && c > n+n/4) || class(c) != c {
			t.Fatalf("class of %d is %d, whose class is %d", n, c, class(c))
		}
	}
}

// A chain of any length needs no more buffers than are live at a time, and later runs need none but
// the outputs.
func TestBuffersAreUsedAgain(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
chain (float[1000] x) => (float[1000] y) <int64[2] s = {10, 100}, int64[1] t = {-1}>
{
   a = Neg(x)
   b = Neg(a)
   c = Reshape(b, s)
   d = Neg(c)
   e = Neg(d)
   f = Flatten<axis = 0>(e)
   h = Reshape(f, t)
   y = Neg(h)
}`)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Compile(m, Options{Threads: 1, Once: true})
	if err != nil {
		t.Fatal(err)
	}
	free := func() (n int) {
		for _, list := range s.arena.free {
			n += len(list)
		}
		return n
	}
	for range 3 {
		if _, err := s.Run(context.Background(), map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 1000)}); err != nil {
			t.Fatal(err)
		}
		if n := free(); n < 1 || n > 2 {
			t.Fatalf("%d buffers are free after a run, want 1 or 2: two values live at a time, one leaves as output", n)
		}
	}
}
