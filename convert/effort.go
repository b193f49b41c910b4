package convert

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// AutoRecovery repairs by DefaultRecovery where there are data or made-up inputs are worth their while, by
// StatisticsRecovery where there are nothing but statistics, else not at all.
const AutoRecovery = "auto"

const (
	// madeUpWork bounds the multiply-accumulates spent on made-up inputs when nobody asked for them: noise tells little of
	// what a network sees, so that a large one, which would take minutes, is better cut by its weights at once.
	madeUpWork = 2e10
	// syntheticSamples is how many inputs are made up where there is no data, fewestSynthetic what it takes to learn
	// anything from them.
	syntheticSamples, fewestSynthetic = 256, 16
	// passesOverSamples is how often the network runs on each sample: for the criterion, and in a repair the original and, twice,
	// the cut model.
	passesOverSamples = 4
	// solvedTimes is how many cubes of its columns the choice and the repair of a linear node take: factors and inverses.
	solvedTimes = 4
	// gramRows is how many rows of a linear node's inputs are looked at, whatever its columns, and gramRowsPerColumn how
	// many for each column, in the choice and the repair together.
	gramRows, gramRowsPerColumn = 24576, 20
	// proofWork bounds the multiply-accumulates of one model in a proof, as far as more than one sample is concerned.
	proofWork = 2e10
)

// settle resolves what c leaves open about made-up inputs for m: how many there are, and whether they are worth their work
// where nobody asked for them. note says what was not done.
func (c *Config) settle(m *graph.Model, in Samples) (note string) {
	c.synthetic = syntheticSamples
	auto := c.Recovery == AutoRecovery
	switch {
	case in.Calibration != nil:
		c.defaultRecovery(DefaultRecovery)
		return ""
	case in.Statistics != nil:
		c.defaultRecovery(StatisticsRecovery)
		return ""
	}
	if how, err := budget.LookupSolver(c.Solver); err == nil && (how.Additive || how.Weighs) || !auto && (c.Criterion != "" || c.recovers()) {
		c.defaultRecovery(DefaultRecovery)
		return "" // asked for
	}
	if err := runtime.Runs(m); err != nil {
		c.defaultRecovery(DefaultRecovery)
		return "" // no inputs will do, which is said where it matters
	}
	samples, work := affordable(m, c.Dims)
	if samples > 0 {
		c.synthetic = samples
		c.defaultRecovery(DefaultRecovery)
		return ""
	}
	what := "nothing is repaired"
	if c.Criterion == "" {
		c.Criterion = fallbackCriterion
		what = "units are chosen by " + fallbackCriterion + " and " + what
	}
	c.defaultRecovery(NoRecovery)
	return fmt.Sprintf("%s: made-up inputs would take %.2g multiply-accumulates, more than %.2g, and tell little; --calibration with real ones does better", what, work, float64(madeUpWork))
}

func (c *Config) defaultRecovery(name string) {
	if c.Recovery == AutoRecovery {
		c.Recovery = name
	}
}

// affordable is how many made-up inputs keep within madeUpWork, 0 where fewestSynthetic do not, and the work that those would take.
func affordable(m *graph.Model, dims map[string]int) (samples int, work float64) {
	c, _ := m.Clone()
	budget.Bind(c.Graph, dims)
	if err := op.InferGraph(c.Graph); err != nil {
		return fewestSynthetic, 0
	}
	each := float64(batchOf(m))
	if batchOf(m) == batchSize {
		each = 1 // Bind made it one
	}
	for samples = syntheticSamples; samples >= fewestSynthetic; samples /= 2 {
		if work = workOf(c.Graph, float64(samples)/each); work <= madeUpWork {
			return samples, work
		}
	}
	return 0, work
}

// floorInt is x rounded down, or as much of it as an int of any machine holds: a bound that work or memory puts on a number of samples.
func floorInt(x float64) int { return int(min(x, math.MaxInt32)) }

// workOf estimates the multiply-accumulates of choosing and repairing by so many runs of g.
func workOf(g *graph.Graph, runs float64) float64 {
	work := 0.0
	for _, n := range g.Nodes {
		if d := op.Lookup(n); d != nil && d.Cost != nil {
			if k, known := d.Cost(n).MACs.Int64(); known {
				work += passesOverSamples * runs * float64(k)
			}
		}
		l := linear.Of(n)
		if l == nil {
			continue
		}
		outs, known := n.Out(0).Type.Shape.Elems().Value()
		if cols := float64(l.Cols); known && cols <= statistics.MaxColumns {
			rows := min(runs*float64(outs)/float64(max(1, l.Groups*l.Outs)), max(gramRows, gramRowsPerColumn*cols))
			work += float64(l.Groups) * cols * cols * (rows + solvedTimes*cols)
		}
	}
	return work
}

// proofCount is how many samples m is proven on where it takes any number: several where they are cheap.
func proofCount(m *graph.Model, dims map[string]int) int {
	_, macs, _ := Count(m, dims)
	return int(min(proofSamples, max(1, proofWork/max(1, macs))))
}
