package runtime

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// bound is the extent of a symbolic dimension in one run, and the input that fixed it.
type bound struct {
	extent int
	input  string
}

// checkFeeds checks the feeds against the graph's declared inputs. Inputs with a default may be
// left out.
func (s *Session) checkFeeds(feeds map[string]*graph.Tensor) error {
	inputs := s.model.Graph.Inputs
	for _, name := range slices.Sorted(maps.Keys(feeds)) {
		if !slices.ContainsFunc(inputs, func(v *graph.Value) bool { return v.Name == name }) {
			return fmt.Errorf("input %q: the model has no such input, it has %s", name, names(inputs))
		}
	}
	symbols := map[string]bound{}
	for _, v := range inputs {
		t := feeds[v.Name]
		if t == nil {
			if v.Const != nil {
				continue
			}
			return fmt.Errorf("input %q: missing, want %v", v.Name, v.Type)
		}
		if err := checkFeed(v, t, s.inFloats(v, t.DType()), symbols); err != nil {
			return fmt.Errorf("input %q: %w", v.Name, err)
		}
	}
	return nil
}

func checkFeed(v *graph.Value, t *graph.Tensor, anyType bool, symbols map[string]bound) error {
	want, have := v.Type, graph.TensorType(t.DType(), graph.ShapeOf(t.Shape()...))
	mismatch := fmt.Errorf("want %v, have %v", want, have)
	if !anyType && want.DType != graph.Undefined && want.DType != t.DType() {
		return mismatch
	}
	if want.Shape == nil {
		return nil
	}
	if len(want.Shape) != t.Rank() {
		return mismatch
	}
	for i, d := range want.Shape {
		extent := t.Shape()[i]
		switch {
		case d.Known():
			if !d.Is(extent) {
				return mismatch
			}
		case d.Named():
			b, ok := symbols[d.String()]
			if ok && b.extent != extent {
				return fmt.Errorf("want %v, have %v: %v is %d in input %q", want, have, d, b.extent, b.input)
			}
			if !ok {
				symbols[d.String()] = bound{extent, v.Name}
			}
		}
	}
	return nil
}

func names(values []*graph.Value) string {
	if len(values) == 0 {
		return "none"
	}
	text := ""
	for i, v := range values {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%q", v.Name)
	}
	return text
}
