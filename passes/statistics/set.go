package statistics

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
)

// Request says what to collect.
type Request struct {
	// Axes asks for the moments of the positions of these axes of computed values or inputs.
	Axes []group.Member
	// Grams asks for the Gram matrices of what these nodes read.
	Grams []*linear.Map
}

// Axis names an axis of a value.
type Axis struct {
	Value string
	Axis  int
}

// Set is what was collected. It refers to the model by name only.
type Set struct {
	Samples int
	moments map[Axis]*Moments
	grams   map[string]*Gram
}

// Moments of an axis of v; nil when they were not collected.
func (s *Set) Moments(v *graph.Value, axis int) *Moments {
	if s == nil {
		return nil
	}
	return s.moments[Axis{v.Name, axis}]
}

// Gram matrices of what the consumer reads; nil when they were not collected.
func (s *Set) Gram(c *linear.Map) *Gram {
	if s == nil {
		return nil
	}
	return s.grams[c.Name()]
}

// Merge adds the statistics of other inputs to s. Both must have been collected on the same model for
// the same request; if not, s is as it was.
func (s *Set) Merge(o *Set) error {
	if len(s.moments) != len(o.moments) || len(s.grams) != len(o.grams) {
		return fmt.Errorf("statistics of %d axes and %d nodes and of %d and %d", len(s.moments), len(s.grams), len(o.moments), len(o.grams))
	}
	for k, m := range s.moments {
		if p := o.moments[k]; p == nil || len(p.Sum) != len(m.Sum) {
			return fmt.Errorf("axis %d of %q: statistics of %d positions on one side only", k.Axis, k.Value, len(m.Sum))
		}
	}
	for k, g := range s.grams {
		if p := o.grams[k]; p == nil || p.Cols != g.Cols || len(p.Sums) != len(g.Sums) {
			return fmt.Errorf("node of %q: a Gram matrix of %d columns on one side only", k, g.Cols)
		}
	}
	s.Samples += o.Samples
	for k, m := range s.moments {
		if err := m.merge(o.moments[k]); err != nil {
			return err
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.grams)) {
		if err := s.grams[k].Merge(o.grams[k]); err != nil {
			return err
		}
	}
	return nil
}
