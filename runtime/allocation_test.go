package runtime_test

import (
	"fmt"
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Once a session has run for inputs of some extents, running it again for such inputs allocates
// nothing.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, name := range []string{"resnet20", "mobilenetv2", "densenet", "vgg", "vit"} {
		for _, threads := range []int{1, 2} {
			t.Run(fmt.Sprint(name, " ", threads), func(t *testing.T) {
				m, err := onnx.Decode(name, fixtures.Model(name))
				if err != nil {
					t.Fatal(err)
				}
				s, err := runtime.Compile(m, runtime.Options{Threads: threads})
				if err != nil {
					t.Fatal(err)
				}
				feeds, out := fixtures.Feeds(m, 2), map[string]*graph.Tensor{}
				allocations := testing.AllocsPerRun(5, func() {
					if err := s.RunInto(t.Context(), feeds, out); err != nil {
						t.Fatal(err)
					}
				})
				if allocations != 0 {
					t.Errorf("%g allocations a run", allocations)
				}
			})
		}
	}
}
