package report

import "github.com/pollard-dev/pollard/passes/redundancy"

// Redundancy says how redundant a network is, and what random removal does to it.
type Redundancy struct {
	Samples int `json:"samples"` // samples that responses were collected on
	// Correlation is the correlation from which two units count as near copies. Its square is the
	// fraction of the variance of a unit's response that other units must explain for the unit to
	// need no representative of its own.
	Correlation float64 `json:"correlation"`
	// Groups lists the groups whose units linear nodes read; Unseen names the others.
	Groups []Functional `json:"groups"`
	Unseen []string     `json:"unseen,omitempty"`
	Deaths []Death      `json:"deaths"`
	// Survival gives the share of the original's answers that survive when units are dropped at
	// random. Fitted is the number and the size of disjoint sub-networks that would survive as
	// often.
	Survival []Survival          `json:"survival"`
	Fitted   redundancy.Survival `json:"fitted"`
	Answer   string              `json:"answer"` // what Survival and Choices count: the same class, or explained variance
	Tested   int                 `json:"tested"` // samples measured on
	Choices  []ChoiceDistance    `json:"choices"`
}

// Functional describes the functional groups among the units of one group.
type Functional struct {
	Group  string `json:"group"`
	Kind   string `json:"kind"`
	Units  int    `json:"units"`
	Silent int    `json:"silent"` // units that never vary
	Rank   int    `json:"rank"`   // number of functional groups: representatives that explain all others
	Copies int    `json:"copies"` // units that are near copies of their representative
	// Sizes lists the sizes of the functional groups, largest first.
	Sizes []int `json:"sizes"`
}

// Death says what becomes of the functional groups of one size when every unit of the network is
// dropped with probability Drop.
type Death struct {
	Size   int     `json:"m"`
	Groups int     `json:"groups"`
	Drop   float64 `json:"q"`
	// Predicted is q^m; Gone is the share of draws that dropped all units, Lost the share in which
	// none that was left could stand in for the representative.
	Predicted float64 `json:"predicted"`
	Gone      float64 `json:"gone"`
	Lost      float64 `json:"lost"`
}

// Survival is the result at one density of the units of every group.
type Survival struct {
	Density  float64 `json:"density"`
	Draws    int     `json:"draws"`
	Answered float64 `json:"answered"` // mean share of the original's answers, above chance
	Spread   float64 `json:"spread"`   // standard deviation over the draws
	Fitted   float64 `json:"fitted"`
}

// ChoiceDistance says what the choice of a criterion leaves of the outputs at one budget, without a
// repair and with one from statistics alone.
type ChoiceDistance struct {
	Criterion string  `json:"criterion"`
	MACs      float64 `json:"macs"`
	// Error is the energy of the difference to the original's outputs relative to their variance;
	// Answered is as in Survival.
	Error            float64 `json:"error"`
	Answered         float64 `json:"answered"`
	RepairedError    float64 `json:"repaired_error"`
	RepairedAnswered float64 `json:"repaired_answered"`
}
