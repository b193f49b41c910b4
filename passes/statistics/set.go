package statistics

import (
	"fmt"

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

// axisKey names an axis of a value.
type axisKey struct {
	Value string
	Axis  int
}

// Set is what was collected. It refers to the model by name only.
type Set struct {
	Samples int
	// Held has the Gram matrices of the samples that are held out, which the set's own include: what is learnt from the
	// others can be judged on it. It is nil if none are held out.
	Held    *Set
	moments map[axisKey]*Moments
	grams   map[string]*Gram
}

// Moments returns the moments of an axis of v, or nil if they were not collected.
func (s *Set) Moments(v *graph.Value, axis int) *Moments {
	if s == nil {
		return nil
	}
	return s.moments[axisKey{v.Name, axis}]
}

// Gram returns the Gram matrices of what the consumer reads, or nil if they were not collected.
func (s *Set) Gram(c *linear.Map) *Gram {
	if s == nil {
		return nil
	}
	return s.grams[c.Name()]
}

// Merge adds the statistics of other inputs to s. Both must have been collected on the same model for the same request.
// If they were not, Merge fails and s is unchanged.
func (s *Set) Merge(o *Set) error {
	if len(s.moments) != len(o.moments) || len(s.grams) != len(o.grams) {
		return fmt.Errorf("statistics of %d axes and %d nodes and of %d and %d", len(s.moments), len(s.grams), len(o.moments), len(o.grams))
	}
	for _, k := range s.axes() {
		if p, n := o.moments[k], len(s.moments[k].Sum); p == nil || len(p.Sum) != n {
			return fmt.Errorf("axis %d of %q: statistics of %d positions on one side only", k.Axis, k.Value, n)
		}
	}
	for _, k := range s.nodes() {
		g := s.grams[k]
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
	for k, g := range s.grams {
		if err := g.Merge(o.grams[k]); err != nil {
			return err
		}
	}
	return nil
}

// Size returns how many axes have moments and how many nodes have Gram matrices.
func (s *Set) Size() (axes, grams int) { return len(s.moments), len(s.grams) }

// Covers returns an error for the first statistics that r asks for and s lacks, or has for other
// extents than the model's.
func (s *Set) Covers(r Request) error {
	for _, a := range r.Axes {
		n, known := a.Value.Type.Shape[a.Axis].Value()
		if m := s.Moments(a.Value, a.Axis); known && (m == nil || len(m.Sum) != n) {
			return fmt.Errorf("no moments of the %d positions of axis %d of %q", n, a.Axis, a.Value.Name)
		}
	}
	for _, k := range r.Grams {
		if k.Cols > MaxColumns {
			continue
		}
		if g := s.Gram(k); g == nil || g.Cols != k.Cols || len(g.Sums) != k.Groups {
			return fmt.Errorf("no Gram matrices of the %d columns that node %s reads", k.Cols, k.Node.Label())
		}
	}
	return nil
}
