package ticket

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// weightScores are the criteria that score single weights, each by its value now and before
// training.
var weightScores = map[string]func(now, initial float64) float64{
	"l1":       func(now, _ float64) float64 { return math.Abs(now) },
	"l2":       func(now, _ float64) float64 { return math.Abs(now) },
	"change":   saliency.Change,
	"movement": saliency.Movement,
}

// scoredWeight is a weight of the source with the score of each element in the trained network.
type scoredWeight struct {
	value  *graph.Value
	scores []float64
}

// Sparse sets the given share of the weights to 0: those with the lowest scores in the trained
// network. The solver decides whether each matrix loses the same share (uniform) or the lowest of
// all go (global).
func (c *Builder) Sparse(ctx context.Context, of Checkpoints, share float64, criterion, solver string, r *report.Report) error {
	score := weightScores[criterion]
	switch {
	case score == nil:
		return fmt.Errorf("sparsity: want criterion l1, l2, change or movement, which score single weights, have %s", criterion)
	case !(share > 0 && share < 1):
		return fmt.Errorf("sparsity: want a fraction over 0 and below 1, have %v", share)
	case solver != "" && solver != "uniform" && solver != "global":
		return fmt.Errorf("sparsity: want solver uniform or global, have %s", solver)
	}
	all, err := c.scoreWeights(ctx, of, score)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return &stage.Gate{Reason: "sparsity: the model has no constant weights to multiply by"}
	}
	c.zeros = map[*graph.Value][]bool{}
	if solver == "" {
		solver = defaults.FallbackSolver
	}
	zeros, weights := 0, 0
	for i, live := range liveElements(all, share, solver == "global") {
		c.zeros[all[i].value] = live
		for _, l := range live {
			weights++
			if !l {
				zeros++
			}
		}
	}
	r.Choice = &report.Choice{Criterion: criterion, Solver: solver, Rounds: 1}
	r.Ticket.Sparsity = float64(zeros) / float64(weights)
	c.Ticket, err = c.masked()
	return err
}

// scoreWeights scores the weights that base multiplies by. If the source has BatchNormalization in
// place, so must the trained model; if only one file has it folded, both are compared fused.
func (c *Builder) scoreWeights(ctx context.Context, of Checkpoints, score func(now, initial float64) float64) ([]scoredWeight, error) {
	table := simplify.Unfused()
	trained, _, err := canonical.SimplifyWith(ctx, of.Trained, table)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", of.TrainedPath, err)
	}
	pairs, err := checkpoint.Pair(trained, c.base)
	if err != nil {
		table = simplify.All()
		if trained, _, err = canonical.SimplifyWith(ctx, of.Trained, table); err != nil {
			return nil, fmt.Errorf("%s: %w", of.TrainedPath, err)
		}
		source, _, err := canonical.SimplifyWith(ctx, of.Source, table)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", of.SourcePath, err)
		}
		if pairs, err = checkpoint.Pair(trained, source); err != nil {
			return nil, fmt.Errorf("%s: is not the network of %s: %w", of.SourcePath, of.TrainedPath, err)
		}
	}
	initialModel, _, err := canonical.SimplifyWith(ctx, of.Initial, table)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", of.InitialPath, err)
	}
	initial, err := checkpoint.Pair(trained, initialModel)
	if err != nil {
		return nil, fmt.Errorf("%s: is not the network of %s: %w", of.InitialPath, of.TrainedPath, err)
	}
	var all []scoredWeight
	seen := map[*graph.Value]bool{}
	for _, n := range trained.Graph.Nodes {
		for i, v := range n.Inputs() {
			if v == nil || v.Const == nil || !multiplies(n) || !v.Const.DType().IsFloat() || isVector(v.Const) || seen[v] {
				continue
			}
			seen[v] = true
			w := c.baseInput(pairs.Nodes[n], i)
			if w == nil || !slices.Equal(w.Const.Shape(), v.Const.Shape()) {
				return nil, fmt.Errorf("node %s: its weights are not found in the model with BatchNormalization in place", n.Label())
			}
			s, _ := graph.Floats(v.Const)
			before, _ := graph.Floats(initial.Values[v].Const)
			for k := range s {
				s[k] = score(s[k], before[k])
			}
			all = append(all, scoredWeight{w, s})
		}
	}
	return all, nil
}

// baseInput returns input i of the counterpart in base of n, a node of the source simplified in
// some way: the node with n's output name, or the one whose output a BatchNormalization of that
// name normalizes.
func (c *Builder) baseInput(n *graph.Node, i int) *graph.Value {
	if n == nil {
		return nil
	}
	v := c.base.Graph.Value(n.Out(0).Name)
	for v != nil {
		m, _ := v.Def()
		if m == nil {
			return nil
		}
		if m.OpName() == n.OpName() {
			if w := m.In(i); w != nil && w.Const != nil {
				return w
			}
			return nil
		}
		if m.Op != "BatchNormalization" {
			return nil
		}
		v = m.In(0)
	}
	return nil
}

// multiplies reports whether n multiplies and accumulates.
func multiplies(n *graph.Node) bool {
	d := op.Lookup(n)
	return d != nil && d.Cost != nil
}

// isVector reports whether t is a vector.
func isVector(t *graph.Tensor) bool {
	wide := 0
	for _, d := range t.Shape() {
		if d > 1 {
			wide++
		}
	}
	return wide < 2
}

// liveElements reports for each weight which elements stay. The lowest part of each weight goes, or
// the lowest of all together. Among equal scores the first go.
func liveElements(all []scoredWeight, part float64, global bool) [][]bool {
	type element struct{ weight, at int }
	live := make([][]bool, len(all))
	var pools [][]element
	for i, s := range all {
		live[i] = make([]bool, len(s.scores))
		var own []element
		for k := range s.scores {
			live[i][k] = true
			own = append(own, element{i, k})
		}
		if global && i > 0 {
			pools[0] = append(pools[0], own...)
		} else {
			pools = append(pools, own)
		}
	}
	for _, pool := range pools {
		slices.SortStableFunc(pool, func(a, b element) int {
			x, y := all[a.weight].scores[a.at], all[b.weight].scores[b.at]
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
		for _, e := range pool[:int(math.Round(part*float64(len(pool))))] {
			live[e.weight][e.at] = false
		}
	}
	return live
}
