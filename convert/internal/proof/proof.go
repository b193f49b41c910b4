package proof

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

// Cut runs the simplified model with the removed units masked, and the cut model, on the same
// inputs and compares every output. If all outputs are empty, it compares what decisions are made
// from.
func Cut(ctx context.Context, simplified, cut *graph.Model, a *group.Analysis, p *group.Plan, feeds map[string]*graph.Tensor, threads int) (*report.Proof, error) {
	proof := &report.Proof{Tolerance: ToleranceOf(simplified), Predicted: true}
	masked, err := surgery.Mask(simplified, a, p)
	if err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	names := uncutBeforeDecisions(simplified, a, p)
	e := runtime.Evaluator{Threads: threads}
	want, err := compare(ctx, proof, e, masked, cut, names, feeds)
	if err != nil {
		return nil, err
	}
	if proof.MaxRelDiff > proof.Tolerance && rounds(cut) {
		// If sums run in another order, the last bit may differ, and with it a whole step of a
		// rounded value. The reference evaluator adds in the same order in both models, and zeros
		// change no sum.
		e.Reference = true
		if want, err = compare(ctx, proof, e, masked, cut, names, feeds); err != nil {
			return nil, err
		}
	}
	if err := cutBranches(ctx, proof, e, masked, cut, simplified, a, p, feeds); err != nil {
		return nil, fmt.Errorf("every If forced to one branch: %w", err)
	}
	proof.Passed = proof.MaxRelDiff <= proof.Tolerance && hasFinite(want)
	return proof, nil
}

// compare runs both models and records in p how far their outputs are apart. If all outputs are
// empty, or decisions fell differently, it compares the named values instead. It returns what it
// compared of the masked model.
func compare(ctx context.Context, p *report.Proof, e runtime.Evaluator, masked, cut *graph.Model, names []string,
	feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	want, wantBefore, err := evaluate(ctx, e, masked, names, feeds)
	if err != nil {
		return nil, fmt.Errorf("the masked original: %w", err)
	}
	have, haveBefore, err := evaluate(ctx, e, cut, names, feeds)
	if err != nil {
		return nil, fmt.Errorf("the cut model: %w", err)
	}
	p.MaxAbsDiff, p.MaxRelDiff, err = Difference(want, have)
	if (err != nil || empty(want)) && len(names) > 0 {
		want = wantBefore
		p.MaxAbsDiff, p.MaxRelDiff, err = Difference(wantBefore, haveBefore)
	}
	return want, err
}

// rounds reports whether m quantizes any value that it computes.
func rounds(m *graph.Model) bool {
	return slices.ContainsFunc(m.Graph.Nodes, func(n *graph.Node) bool {
		d := op.Lookup(n)
		return d != nil && d.Rounds
	})
}

// hasFinite reports whether some output holds a finite number. If all are NaN or infinite, any two
// models agree.
func hasFinite(outputs map[string]*graph.Tensor) bool {
	for _, t := range outputs {
		v, ok := graph.Floats(t)
		if !ok || slices.ContainsFunc(v, func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }) {
			return true
		}
	}
	return false
}

// Difference returns the largest difference over all outputs: the absolute one, and as a fraction
// of the largest magnitude of its output. Items of a sequence count as outputs of their own. NaN on
// one side only is infinitely far.
func Difference(want, have map[string]*graph.Tensor) (abs, rel float64, err error) {
	want, have = flatten(want), flatten(have)
	if len(want) != len(have) {
		return 0, 0, fmt.Errorf("want %d outputs, have %d", len(want), len(have))
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		w, h := want[name], have[name]
		if h == nil || h.DType() != w.DType() || !slices.Equal(h.Shape(), w.Shape()) {
			return 0, 0, fmt.Errorf("output %q: want %v%v, have %v", name, w.DType(), w.Shape(), describe(h))
		}
		x, okX := graph.Floats(w)
		y, okY := graph.Floats(h)
		if !okX || !okY {
			if !same(w, h) {
				return math.MaxFloat64, math.MaxFloat64, nil
			}
			continue
		}
		largest, most := 0.0, 0.0
		for i := range x {
			if !math.IsInf(x[i], 0) && !math.IsNaN(x[i]) {
				largest = max(largest, math.Abs(x[i]))
			}
			most = max(most, absDiff(x[i], y[i]))
		}
		abs = max(abs, most)
		if most > 0 {
			rel = max(rel, most/largest)
		}
	}
	return report.Finite(abs), report.Finite(rel), nil
}

// same reports whether two tensors of one type and shape, whose elements are no real numbers, hold
// the same. Strings have no raw form.
func same(a, b *graph.Tensor) bool {
	if a.DType() == graph.String {
		return slices.Equal(graph.Data[string](a), graph.Data[string](b))
	}
	return slices.Equal(a.Raw(), b.Raw())
}

// flatten replaces each sequence by its items, named after it.
func flatten(outputs map[string]*graph.Tensor) map[string]*graph.Tensor {
	flat := map[string]*graph.Tensor{}
	for name, t := range outputs {
		if t.DType() != graph.Sequence {
			flat[name] = t
			continue
		}
		for i, item := range t.Items() {
			flat[fmt.Sprintf("%s[%d]", name, i)] = item
		}
	}
	return flat
}

// absDiff returns |x - y|, or 0 if both are NaN or the same infinity.
func absDiff(x, y float64) float64 {
	if x == y || (math.IsNaN(x) && math.IsNaN(y)) {
		return 0
	}
	if d := math.Abs(x - y); !math.IsNaN(d) {
		return d
	}
	return math.Inf(1)
}

func describe(t *graph.Tensor) string {
	if t == nil {
		return "none"
	}
	return fmt.Sprintf("%v%v", t.DType(), t.Shape())
}
