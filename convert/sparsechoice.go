package convert

import "github.com/pollard-dev/pollard/runtime"

// SparseChoiceReport is how a node is computed whose weights are zero in part.
type SparseChoiceReport struct {
	Node    string `json:"node"`
	Weights int    `json:"weights"`
	NonZero int    `json:"nonzero"`
	Way     string `json:"way"` // the one that was taken: "dense", "sparse 4x1"
	// Ways is what there was to choose from, as measured when the model was made ready.
	Ways []WayReport `json:"ways"`
}

// WayReport is one way to compute a node.
type WayReport struct {
	Way     string  `json:"way"`
	Block   int     `json:"block"`   // outputs that share an entry; 0 of the dense way
	Entries int     `json:"entries"` // of the weights that are stored
	Stored  int     `json:"stored"`  // numbers that they have
	MS      float64 `json:"ms"`
}

func sparseChoices(choices []runtime.Choice) []SparseChoiceReport {
	var all []SparseChoiceReport
	for _, c := range choices {
		r := SparseChoiceReport{Node: c.Node.Label(), Weights: c.Weights.Weights, NonZero: c.Weights.NonZero, Way: c.Way}
		for _, w := range c.Ways {
			r.Ways = append(r.Ways, WayReport{w.Way, w.Block, w.Entries, w.Stored, milli(w.Time)})
		}
		all = append(all, r)
	}
	return all
}
