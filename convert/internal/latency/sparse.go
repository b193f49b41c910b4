package latency

import (
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/runtime"
)

func sparseChoices(choices []runtime.Choice) []report.SparseChoice {
	var all []report.SparseChoice
	for _, c := range choices {
		r := report.SparseChoice{Node: c.Node.Label(), Weights: c.Weights.Weights, NonZero: c.Weights.NonZero, Way: c.Way}
		for _, w := range c.Ways {
			r.Ways = append(r.Ways, report.Way{Way: w.Way, Block: w.Block, Entries: w.Entries, Stored: w.Stored, MS: Milli(w.Time)})
		}
		all = append(all, r)
	}
	return all
}
