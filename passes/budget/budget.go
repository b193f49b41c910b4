package budget

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/target"
)

// Metric is what a budget counts.
type Metric string

// The metrics a budget can be stated in.
const (
	MACs   Metric = "macs"
	Params Metric = "params"
	Bytes  Metric = "bytes"
	Units  Metric = "units"
	// Latency is predicted from what CostModel.Time was given.
	Latency Metric = "latency"
)

// Of returns the metric's figure in c.
func (m Metric) Of(c Cost) int64 {
	switch m {
	case MACs:
		return c.MACs
	case Params:
		return c.Params
	case Bytes:
		return c.Bytes
	case Latency:
		return c.Latency
	}
	return c.Units
}

// Budget says how much of a model is to remain.
type Budget struct {
	Metric Metric
	Keep   float64 // fraction of the metric that may remain, over 0 and at most 1
	// Lambda is the worth of the whole model by the metric, in the units of the scores. A solver that weighs minimises
	// the sum of the scores of what it removes plus Lambda times the fraction that remains: it removes a unit if that
	// adds less than Lambda/100 to the error for each percent of the uncut model saved. Keep may then be 1, which sets
	// no limit. Lambda is 0 for other solvers.
	Lambda float64
	// Target says which widths are fast where the model will run. It decides where RoundTo is 0; without a name it is
	// target.Portable.
	Target target.Target
	// RoundTo makes the number of units in every cut group a multiple of it, whatever the target; 1 means no rounding.
	RoundTo int
	// Steps are such multiples for single groups, which take precedence over RoundTo.
	Steps map[*group.Group]int
	// Floor is the least fraction of its units that every group keeps. One unit always stays.
	Floor float64
	// Exclude lists names or patterns (path.Match) of groups, or of their members, that are left alone.
	Exclude []string
}

// Check reports what is wrong with the budget.
func (b Budget) Check() error {
	if !(b.Keep > 0 && b.Keep <= 1) {
		return fmt.Errorf("budget %s: want a fraction over 0 and at most 1, have %v", b.Metric, b.Keep)
	}
	if !(b.Lambda >= 0) || math.IsInf(b.Lambda, 0) {
		return fmt.Errorf("lambda: want a number over 0, have %v", b.Lambda)
	}
	if b.Lambda > 0 && b.Metric == Units {
		return fmt.Errorf("lambda: want a budget of macs, params, bytes or latency, have units")
	}
	if !(b.Floor >= 0 && b.Floor <= 1) {
		return fmt.Errorf("floor: want a fraction from 0 to 1, have %v", b.Floor)
	}
	if b.RoundTo < 0 {
		return fmt.Errorf("round-to: want a positive number, have %d", b.RoundTo)
	}
	if b.Target.Name != "" {
		if err := b.Target.Check(); err != nil {
			return err
		}
	}
	for _, p := range b.Exclude {
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("exclude: %q is not a pattern: %v", p, err)
		}
	}
	return nil
}

// Excluded reports whether the budget leaves g alone.
func (b Budget) Excluded(g *group.Group) bool {
	match := func(name string) bool {
		return slices.ContainsFunc(b.Exclude, func(p string) bool { return matches(p, name) })
	}
	return match(g.Name) || slices.ContainsFunc(g.Members, func(m group.Member) bool { return match(m.Value.Name) })
}

// matches reports whether a pattern of Exclude matches a name.
func matches(p, name string) bool {
	ok, _ := path.Match(p, name)
	return ok || p == name || (strings.HasSuffix(p, "*") && !strings.ContainsAny(p[:len(p)-1], "*?[\\") && strings.HasPrefix(name, p[:len(p)-1]))
}

// CheckExclude returns an error if a name or pattern of Exclude is that of no group, and of no node or
// value of the models: it was mistyped.
func (b Budget) CheckExclude(groups []*group.Group, models ...*graph.Model) error {
	for _, p := range b.Exclude {
		found := slices.ContainsFunc(groups, func(g *group.Group) bool { return Budget{Exclude: []string{p}}.Excluded(g) })
		for _, m := range models {
			found = found || slices.ContainsFunc(m.Graph.Nodes, func(n *graph.Node) bool { return matches(p, n.Name) }) ||
				slices.ContainsFunc(m.Graph.Values(), func(v *graph.Value) bool { return matches(p, v.Name) })
		}
		if !found {
			return fmt.Errorf("exclude: %q matches no group, and no node or value of the model", p)
		}
	}
	return nil
}

// least is the number of units of g that stay whatever the scores say.
func (b Budget) least(g *group.Group) int {
	if b.Excluded(g) {
		return g.Units
	}
	n := max(1, int(math.Ceil(b.Floor*float64(g.Units)-1e-9)))
	return b.rounded(g, n)
}

// rounded is the number of units that g keeps if n are wanted.
func (b Budget) rounded(g *group.Group, n int) int {
	if r := b.step(g); n < g.Units {
		n = (n + r - 1) / r * r
	}
	return min(n, g.Units)
}

// step is what the number of units in g must be a multiple of if g is cut.
func (b Budget) step(g *group.Group) int {
	if r, own := b.Steps[g]; own {
		return r
	}
	return max(1, b.RoundTo)
}
