package dataset

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

type withNames struct{ Source }

func (withNames) Names() []string { return []string{"a", "b", "c"} }

// A part has the names of its samples, and what has no names has none in part either.
func TestNamesOfParts(t *testing.T) {
	s, err := Held(map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 2, 3}, 3)})
	if err != nil {
		t.Fatal(err)
	}
	if have := Names(Part(Part(withNames{s}, []int{2, 0}), []int{1, 0})); !slices.Equal(have, []string{"a", "c"}) {
		t.Errorf("have %q", have)
	}
	if have := Names(Part(s, []int{1})); have != nil {
		t.Errorf("have %q", have)
	}
}
