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

// Tolerance bounds the difference of cut and mask as a fraction of the largest
// magnitude of an output. Both compute in float32 and add up the same numbers in different
// orders; a wrong cut differs by the size of the output itself.
const Tolerance = 1e-4

// Cut runs the simplified model with the removed units masked, and the cut
// one, on the same inputs, and compares every output; where all are empty, what decisions are made from.
func Cut(ctx context.Context, simplified, cut *graph.Model, a *group.Analysis, p *group.Plan, feeds map[string]*graph.Tensor, threads int) (*report.Proof, error) {
	proof := &report.Proof{Tolerance: Tolerance, Predicted: true}
	masked, err := surgery.Mask(simplified, a, p)
	if err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	names := witnesses(simplified, a, p)
	e := runtime.Evaluator{Threads: threads}
	want, err := compare(ctx, proof, e, masked, cut, names, feeds)
	if err != nil {
		return nil, err
	}
	if proof.MaxRelDiff > proof.Tolerance && rounds(cut) {
		// A last bit that differs, because sums ran in another order, can be a whole step of a rounded
		// value. The reference adds in the same order in both, and zeroes change no sum.
		e.Reference = true
		if want, err = compare(ctx, proof, e, masked, cut, names, feeds); err != nil {
			return nil, err
		}
	}
	proof.Passed = proof.MaxRelDiff <= proof.Tolerance && says(want)
	return proof, nil
}

// compare runs both models and notes how far their outputs are apart, or the values of those names where all outputs are
// empty or decisions fell otherwise; it gives what it compared of the masked one.
func compare(ctx context.Context, p *report.Proof, e runtime.Evaluator, masked, cut *graph.Model, names []string, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	want, wantBefore, err := evaluated(ctx, e, masked, names, feeds)
	if err != nil {
		return nil, fmt.Errorf("the masked original: %w", err)
	}
	have, haveBefore, err := evaluated(ctx, e, cut, names, feeds)
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

// rounds reports whether m quantizes what it computes.
func rounds(m *graph.Model) bool {
	return slices.ContainsFunc(m.Graph.Nodes, func(n *graph.Node) bool {
		d := op.Lookup(n)
		return d != nil && d.Rounds
	})
}

// says reports whether some output holds a finite number: where all are NaN or infinite, any two
// models agree.
func says(outputs map[string]*graph.Tensor) bool {
	for _, t := range outputs {
		v, ok := graph.Floats(t)
		if !ok || slices.ContainsFunc(v, func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }) {
			return true
		}
	}
	return false
}

// Difference is the largest difference over all outputs: absolute, and as a fraction of the largest
// magnitude of its output, the items of a sequence each for itself. NaN on one side only is infinitely far.
func Difference(want, have map[string]*graph.Tensor) (abs, rel float64, err error) {
	want, have = items(want), items(have)
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
			if !slices.Equal(w.Raw(), h.Raw()) {
				return math.MaxFloat64, math.MaxFloat64, nil
			}
			continue
		}
		largest, most := 0.0, 0.0
		for i := range x {
			if !math.IsInf(x[i], 0) && !math.IsNaN(x[i]) {
				largest = max(largest, math.Abs(x[i]))
			}
			most = max(most, apart(x[i], y[i]))
		}
		abs = max(abs, most)
		if most > 0 {
			rel = max(rel, most/largest)
		}
	}
	return report.Finite(abs), report.Finite(rel), nil
}

// items puts the tensors of sequences in the place of these, each under a name of its own.
func items(outputs map[string]*graph.Tensor) map[string]*graph.Tensor {
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

// apart is |x - y|, 0 where both are the same NaN or infinity.
func apart(x, y float64) float64 {
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
