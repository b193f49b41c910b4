package runtime_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// A session for a single run computes what any other does, on networks of all kinds.
func TestOnceComputesTheSame(t *testing.T) {
	for _, name := range []string{"mobilenetv2", "vit", "resnet20"} {
		m, err := onnx.Decode(name, fixtures.Model(name))
		if err != nil {
			t.Fatal(err)
		}
		feeds := fixtures.Feeds(m, 2)
		var outputs []map[string]*graph.Tensor
		for _, once := range []bool{false, true} {
			s, err := runtime.Compile(m, runtime.Options{Threads: 2, Once: once})
			if err != nil {
				t.Fatal(err)
			}
			out, err := s.Run(t.Context(), feeds)
			if err != nil {
				t.Fatal(err)
			}
			outputs = append(outputs, out)
		}
		for name, want := range outputs[0] {
			x, _ := graph.Floats(want)
			y, _ := graph.Floats(outputs[1][name])
			for i := range x {
				if d := x[i] - y[i]; d > 1e-4 || d < -1e-4 || len(x) != len(y) {
					t.Fatalf("output %q: element %d: have %v, want %v", name, i, y[i], x[i])
				}
			}
		}
	}
}
