package surgery_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

// examine draws what is done to m and reports what is wrong with it.
func examine(m *graph.Model, feeds map[string]*graph.Tensor, r *rand.Rand, f *found) error {
	if err := m.Check(); err != nil {
		return err
	}
	if r.IntN(2) == 0 {
		s, err := simplified(m, feeds)
		if err != nil {
			return fmt.Errorf("simplify: %w", err)
		}
		m = s
	}
	for range 1 + r.IntN(2) { // what was cut may be cut again
		a, err := group.Find(m)
		if err != nil {
			return err
		}
		f.networks++
		f.nodes += len(m.Graph.Nodes)
		f.groups += len(a.Groups)
		plan := drawn(a, r)
		f.cut += len(plan.Kept)
		cut, err := cutIsMask(m, feeds, a, plan)
		if err != nil {
			var said []string
			for g, kept := range plan.Kept {
				said = append(said, fmt.Sprintf("%s %s %d: %v", g.Kind, g.Name, g.Units, kept))
			}
			return fmt.Errorf("%w\nplan %v", err, said)
		}
		m = cut
	}
	return nil
}

// drawn is a plan that removes some units of some groups.
func drawn(a *group.Analysis, r *rand.Rand) *group.Plan {
	plan := &group.Plan{Kept: map[*group.Group][]int{}}
	one := r.IntN(4) == 0 // an axis of extent 1 is another thing to many operators
	for _, g := range a.Groups {
		if r.IntN(3) == 0 {
			continue
		}
		kept := r.Perm(g.Units)[:1+r.IntN(g.Units-1)]
		if one {
			kept = kept[:1]
		}
		slices.Sort(kept)
		plan.Kept[g] = kept
	}
	return plan
}

// evaluated is the outputs of m by the reference evaluation.
func evaluated(m *graph.Model, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	return runtime.Evaluator{Threads: 1, Reference: true}.Evaluate(context.Background(), m, fed(m, feeds))
}

// fed is the feeds that m, which simplification may have taken inputs from, asks for.
func fed(m *graph.Model, feeds map[string]*graph.Tensor) map[string]*graph.Tensor {
	asked := map[string]*graph.Tensor{}
	for _, v := range m.Graph.Inputs {
		asked[v.Name] = feeds[v.Name]
	}
	return asked
}

// simplified is a simplified copy of m that was found to compute the same, as far as rounding lets it.
func simplified(m *graph.Model, feeds map[string]*graph.Tensor) (*graph.Model, error) {
	s, _ := m.Clone()
	if err := passes.Run(context.Background(), s, simplify.All()); err != nil {
		return nil, err
	}
	want, err := evaluated(m, feeds)
	if err != nil {
		return nil, err
	}
	have, err := evaluated(s, feeds)
	if err != nil {
		return nil, err
	}
	if err := same(m, want, have, 1e-3); err != nil && steady(m, feeds, want) {
		return nil, err
	}
	return s, nil
}

// steady reports whether a small change of inputs and weights makes no large one of the outputs, want: else rounding may make one too.
func steady(m *graph.Model, feeds, want map[string]*graph.Tensor) bool {
	for _, by := range []float64{1e-5, -1e-5} {
		c, _ := m.Clone()
		moved := map[string]*graph.Tensor{}
		for name, x := range feeds {
			moved[name] = nudged(x, by)
		}
		for _, v := range c.Graph.Initializers {
			c.Graph.SetConst(v, nudged(v.Const, by))
		}
		near, err := evaluated(c, moved)
		if err != nil || same(m, want, near, 1e-3) != nil {
			return false
		}
	}
	return true
}

// nudged is x with its numbers, if they are floating-point ones, a little larger or smaller.
func nudged(x *graph.Tensor, by float64) *graph.Tensor {
	v, ok := graph.Floats(x)
	if !ok || !x.DType().IsFloat() {
		return x
	}
	for i := range v {
		v[i] *= 1 + by*math.Sin(float64(i+1))
	}
	y, _ := graph.FromFloats(x.DType(), v, x.Shape()...)
	return y
}

// same reports the first output of m that differs by more than a fraction of its largest magnitude.
func same(m *graph.Model, want, have map[string]*graph.Tensor, most float64) error {
	for _, v := range m.Graph.Outputs {
		if d := apart(want[v.Name], have[v.Name]); !(d <= most) {
			return fmt.Errorf("output %q: %g of the largest magnitude apart, %v and %v", v.Name, d, graph.TypeOf(want[v.Name]), graph.TypeOf(have[v.Name]))
		}
	}
	return nil
}

// apart is the largest difference as a fraction of the largest magnitude.
func apart(a, b *graph.Tensor) float64 {
	if a.DType() != b.DType() || !slices.Equal(a.Shape(), b.Shape()) {
		return math.Inf(1)
	}
	v, ok := graph.Floats(a)
	if !ok {
		if slices.Equal(a.Raw(), b.Raw()) {
			return 0
		}
		return math.Inf(1)
	}
	u, _ := graph.Floats(b)
	largest, most := 1e-3, 0.0
	for i, x := range v {
		y := u[i]
		switch {
		case x == y || math.IsNaN(x) && math.IsNaN(y):
			continue
		case math.IsNaN(x) || math.IsNaN(y) || math.IsInf(x, 0) || math.IsInf(y, 0):
			return math.Inf(1)
		}
		largest, most = max(largest, math.Abs(x)), max(most, math.Abs(x-y))
	}
	return most / largest
}

// cutIsMask carries the plan out both ways and holds the cut against all that is said of it.
func cutIsMask(m *graph.Model, feeds map[string]*graph.Tensor, a *group.Analysis, p *group.Plan) (*graph.Model, error) {
	before, _ := m.Clone()
	cut, err := surgery.Cut(m, a, p)
	if err != nil {
		return nil, fmt.Errorf("cut: %w", err)
	}
	masked, err := surgery.Mask(m, a, p)
	if err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	for name, c := range map[string]*graph.Model{"cut": cut, "masked": masked} {
		if err := c.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := graph.Diff(before, m); err != nil {
		return nil, fmt.Errorf("the original was changed: %w", err)
	}
	want, err := evaluated(masked, feeds)
	if err != nil {
		return nil, fmt.Errorf("masked: %w", err)
	}
	have, err := evaluated(cut, feeds)
	if err != nil {
		return nil, fmt.Errorf("cut: %w\n%s", err, source(cut))
	}
	if err := same(m, want, have, 1e-4); err != nil {
		return nil, fmt.Errorf("cut and mask: %w\n%s", err, source(cut))
	}
	if err := predicted(m, cut, a, p); err != nil {
		return nil, err
	}
	return cut, writtenIsRead(cut)
}

// predicted holds what the plan says of the cut's extents, weights and work against the cut.
func predicted(m, cut *graph.Model, a *group.Analysis, p *group.Plan) error {
	units := map[*group.Group]int{}
	for g, kept := range p.Kept {
		units[g] = len(kept)
	}
	for _, v := range m.Graph.Values() {
		w := cut.Graph.Value(v.Name)
		for axis, d := range v.Type.Shape {
			if n := a.Extent(units, v, axis); d.Known() && !w.Type.Shape[axis].Is(n) {
				return fmt.Errorf("value %q, axis %d: predicted %d, is %v", v.Name, axis, n, w.Type.Shape[axis])
			}
		}
	}
	cost, err := budget.NewCostModel(m, a, map[string]int{"N": batch})
	if err != nil {
		return err
	}
	say := cost.Measure(units)
	bound, _ := cut.Clone()
	budget.Bind(bound.Graph, map[string]int{"N": batch})
	if err := op.InferGraph(bound.Graph); err != nil {
		return fmt.Errorf("the cut with numbers for symbols: %w", err)
	}
	for _, v := range bound.Graph.Values() { // as the cost model counts what is known at run time only
		for i, d := range v.Type.Shape {
			if !d.Known() {
				v.Type.Shape[i] = graph.Size(1)
			}
		}
	}
	var params, macs int64
	for _, v := range bound.Graph.Initializers {
		if op.IsWeight(v) && len(v.Uses()) > 0 && v.Const.Rank() > 0 {
			params += int64(v.Const.Len())
		}
	}
	for _, n := range bound.Graph.Nodes {
		if d := op.Lookup(n); d.Cost != nil {
			if k, known := d.Cost(n).MACs.Int64(); known {
				macs += int64(k)
			}
		}
	}
	if say.Params != params || say.MACs != macs {
		return fmt.Errorf("predicted %d params and %d MACs, the cut has %d and %d", say.Params, say.MACs, params, macs)
	}
	return nil
}

// writtenIsRead writes m and reads it again, as a file and as text.
func writtenIsRead(m *graph.Model) error {
	raw, err := onnx.Encode(m)
	if err != nil {
		return err
	}
	back, err := onnx.Decode("random", raw)
	if err != nil {
		return err
	}
	if err := op.InferGraph(back.Graph); err != nil {
		return fmt.Errorf("read again: %w", err)
	}
	if err := graph.Diff(m, back); err != nil {
		return fmt.Errorf("read again: %w", err)
	}
	if back, err = graph.Parse(m.Text()); err != nil {
		return err
	}
	return graph.Diff(m, back)
}
