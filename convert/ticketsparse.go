package convert

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// weightScores says what single weights are worth, by the criterion whose units they make up.
var weightScores = map[string]func(now, initial float64) float64{
	"l1":       func(now, _ float64) float64 { return math.Abs(now) },
	"l2":       func(now, _ float64) float64 { return math.Abs(now) },
	"change":   saliency.Change,
	"movement": saliency.Movement,
}

// scored is a weight of the source and what each of its elements is worth to the trained network.
type scored struct {
	value  *graph.Value
	scores []float64
}

// sparse sets the weights to 0 that the trained network needs least.
func (t *ticket) sparse(ctx context.Context, c *carving) error {
	score := weightScores[t.Config.Criterion]
	switch {
	case score == nil:
		return fmt.Errorf("sparsity: want criterion l1, l2, change or movement, which score single weights, have %s", t.Config.Criterion)
	case !(t.Sparsity > 0 && t.Sparsity < 1):
		return fmt.Errorf("sparsity: want a fraction over 0 and below 1, have %v", t.Sparsity)
	case t.Config.Solver != "" && t.Config.Solver != "uniform" && t.Config.Solver != "global":
		return fmt.Errorf("sparsity: want solver uniform or global, have %s", t.Config.Solver)
	}
	all, err := t.scoreWeights(ctx, c, score)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return &Gate{"sparsity: the model multiplies by no constant weights"}
	}
	c.zeros = map[*graph.Value][]bool{}
	solver := t.Config.Solver
	if solver == "" {
		solver = fallbackSolver
	}
	zeros, weights := 0, 0
	for i, live := range lowest(all, t.Sparsity, solver == "global") {
		c.zeros[all[i].value] = live
		for _, l := range live {
			weights++
			if !l {
				zeros++
			}
		}
	}
	t.report.Choice = &ChoiceReport{Criterion: t.Config.Criterion, Solver: solver, Rounds: 1}
	t.report.Ticket.Sparsity = float64(zeros) / float64(weights)
	c.ticket, err = c.masked()
	return err
}

// scoreWeights scores the weights that base multiplies by. The trained model is taken with BatchNormalization in its place where the source has it
// there too; where only one file has it folded, both are compared fused.
func (t *ticket) scoreWeights(ctx context.Context, c *carving, score func(now, initial float64) float64) ([]scored, error) {
	table := simplify.Unfused()
	now, _, err := simplified(ctx, t.trained, table)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Trained, err)
	}
	pairs, err := counterpart(now, c.base)
	if err != nil {
		table = simplify.All()
		if now, _, err = simplified(ctx, t.trained, table); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Trained, err)
		}
		like, _, err := simplified(ctx, t.source, table)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.sourcePath(), err)
		}
		if pairs, err = counterpart(now, like); err != nil {
			return nil, fmt.Errorf("%s: is not the network of %s: %w", t.sourcePath(), t.Trained, err)
		}
	}
	first, _, err := simplified(ctx, t.initial, table)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Initial, err)
	}
	initial, err := counterpart(now, first)
	if err != nil {
		return nil, fmt.Errorf("%s: is not the network of %s: %w", t.Initial, t.Trained, err)
	}
	var all []scored
	seen := map[*graph.Value]bool{}
	for _, n := range now.Graph.Nodes {
		for i, v := range n.Inputs() {
			if v == nil || v.Const == nil || !multiplies(n) || !v.Const.DType().IsFloat() || narrow(v.Const) || seen[v] {
				continue
			}
			seen[v] = true
			w := c.inBase(pairs.nodes[n], i)
			if w == nil || !slices.Equal(w.Const.Shape(), v.Const.Shape()) {
				return nil, fmt.Errorf("node %s: its weights are not found where BatchNormalization stays in its place", n.Label())
			}
			s, _ := graph.Floats(v.Const)
			before, _ := graph.Floats(initial.values[v].Const)
			for k := range s {
				s[k] = score(s[k], before[k])
			}
			all = append(all, scored{w, s})
		}
	}
	return all, nil
}

// inBase is input i of the node of base that stands for n of the source simplified in some way: it has n's name of an output, or
// is what a BatchNormalization of that name normalises.
func (c *carving) inBase(n *graph.Node, i int) *graph.Value {
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

// narrow reports whether t is a vector.
func narrow(t *graph.Tensor) bool {
	wide := 0
	for _, d := range t.Shape() {
		if d > 1 {
			wide++
		}
	}
	return wide < 2
}

// lowest says of each weight which elements stay: the lowest part of each goes, or of all together. Of equal ones the first go.
func lowest(all []scored, part float64, global bool) [][]bool {
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
