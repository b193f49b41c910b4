package proof

import (
	"context"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// cutBranches compares both models once more with every If forced to its one branch, and with every
// If forced to the other, if the plan cuts anything there. Inputs may lead to the same branch always.
// It records in p the largest differences. A branch that fails in the masked model, as one that is
// there for other inputs may, is not proven, and counted.
func cutBranches(ctx context.Context, p *report.Proof, e runtime.Evaluator, masked, cut, simplified *graph.Model, a *group.Analysis, plan *group.Plan,
	feeds map[string]*graph.Tensor) error {
	if !branchesCut(simplified, a, plan) {
		return nil
	}
	for _, to := range []bool{true, false} {
		want, err := e.Evaluate(ctx, forced(masked, to), feeds)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			p.BranchesUnproved++
			continue
		}
		have, err := e.Evaluate(ctx, forced(cut, to), feeds)
		if err != nil {
			return err
		}
		abs, rel, err := Difference(want, have)
		if err != nil {
			return err
		}
		p.MaxAbsDiff, p.MaxRelDiff = max(p.MaxAbsDiff, abs), max(p.MaxRelDiff, rel)
	}
	return nil
}

// branchesCut reports whether the plan removes anything of a value that a branch reads or computes.
func branchesCut(m *graph.Model, a *group.Analysis, p *group.Plan) bool {
	touched := func(vs []*graph.Value) bool {
		for _, v := range vs {
			for axis := range v.Type.Shape {
				if a.Kept(p, v, axis) != nil {
					return true
				}
			}
		}
		return false
	}
	for _, n := range m.Graph.AllNodes() {
		if !decides(n) {
			continue
		}
		if touched(n.Captures()) {
			return true
		}
		for _, g := range n.Subgraphs() {
			if touched(g.AllValues()) {
				return true
			}
		}
	}
	return false
}

// decides reports whether n takes one of two branches.
func decides(n *graph.Node) bool { return n.Op == "If" && n.Domain == "" }

// forced returns a copy of m in which every If takes the same branch.
func forced(m *graph.Model, to bool) *graph.Model {
	c, _ := m.Clone()
	for _, n := range c.Graph.AllNodes() {
		if decides(n) {
			n.SetInput(0, n.Graph().AddConst(n.Title()+"_taken", graph.TensorOf([]bool{to})))
		}
	}
	return c
}
