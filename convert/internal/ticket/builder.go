package ticket

import (
	"fmt"
	"iter"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// Builder builds a ticket from a base: the source with BatchNormalization left in place. It holds
// what is removed and, once built, the ticket.
type Builder struct {
	base     *graph.Model
	analysis *group.Analysis
	plan     *group.Plan             // nil if weights go one by one
	zeros    map[*graph.Value][]bool // by weight of base: the elements that stay
	Ticket   *graph.Model
	Feeds    map[string]*graph.Tensor // inputs of the proof
}

// sameUnits returns the group of base that has the units of g, in the same order, on the
// counterpart of some axis of g; nil if there is none.
func (c *Builder) sameUnits(a *group.Analysis, g *group.Group, pairs *checkpoint.Pairs) *group.Group {
	for _, m := range g.Members {
		w := pairs.Values[m.Value]
		if m.Value.Const != nil || w == nil {
			continue
		}
		v := c.base.Graph.Value(w.Name)
		if v == nil || len(v.Type.Shape) != len(m.Value.Type.Shape) {
			continue
		}
		there := group.Member{Value: v, Axis: m.Axis}
		for _, other := range c.analysis.Groups {
			if other.Units == g.Units && slices.Contains(other.Members, there) && slices.Equal(c.analysis.Units(other, there), a.Units(g, m)) {
				return other
			}
		}
	}
	return nil
}

// weights lists the weights that a trainer masks: the floating-point constants of base that some
// node reads.
func (c *Builder) weights() []*graph.Value {
	var out []*graph.Value
	for _, v := range c.base.Graph.Initializers {
		if op.IsWeight(v) && len(v.Uses()) > 0 && v.Const.DType().IsFloat() && v.Const.Rank() > 0 {
			out = append(out, v)
		}
	}
	return out
}

// kept reports for each element of a weight of base whether the ticket keeps it.
func (c *Builder) kept(v *graph.Value) []bool {
	if kept := c.zeros[v]; kept != nil {
		return kept
	}
	out := make([]bool, v.Const.Len())
	for i := range out {
		out[i] = true
	}
	inner := 1
	for axis := v.Const.Rank() - 1; axis >= 0 && c.plan != nil; axis-- {
		extent := v.Const.Shape()[axis]
		if kept := c.analysis.Kept(c.plan, v, axis); kept != nil {
			live := make([]bool, extent)
			for _, k := range kept {
				live[k] = true
			}
			for i := range out {
				out[i] = out[i] && live[i/inner%extent]
			}
		}
		inner *= extent
	}
	return out
}

// Masks yields a bool array for each weight, under the weight's name.
func (c *Builder) Masks() iter.Seq2[string, *graph.Tensor] {
	return func(yield func(string, *graph.Tensor) bool) {
		for _, v := range c.weights() {
			if !yield(v.Name, graph.TensorOf(c.kept(v), v.Const.Shape()...)) {
				return
			}
		}
	}
}

// masked returns base with every weight multiplied by its mask: what a trainer computes that keeps
// the dense form.
func (c *Builder) masked() (*graph.Model, error) {
	m, copies := c.base.Clone()
	for _, v := range c.weights() {
		t, err := zeroed(v.Const, c.kept(v))
		if err != nil {
			return nil, fmt.Errorf("initializer %q: %w", v.Name, err)
		}
		m.Graph.SetConst(copies[v], t)
	}
	return m, nil
}

// zeroed returns t with zeros where live is false.
func zeroed(t *graph.Tensor, live []bool) (*graph.Tensor, error) {
	if slices.Index(live, false) < 0 {
		return t, nil
	}
	size := t.DType().Bits() / 8
	if size == 0 {
		return nil, fmt.Errorf("cannot split elements of type %v", t.DType())
	}
	raw := slices.Clone(t.Raw())
	for i, l := range live {
		if !l {
			clear(raw[i*size : (i+1)*size])
		}
	}
	return graph.FromRaw(t.DType(), t.Shape(), raw)
}

// cut makes the ticket by the plan.
func (c *Builder) cut() (err error) {
	c.Ticket, err = surgery.Cut(c.base, c.analysis, c.plan)
	return err
}
