package stage

import (
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/passes/statistics"
)

// Effort bounds what a run spends on learning. A lower effort learns from fewer samples and measures
// fewer errors; nothing is switched off.
type Effort struct {
	Name string
	// Samples is the most calibration samples that a repair learns from.
	Samples int
	// Judged is the most held-out samples that an error at the outputs is measured on, and Rounds how
	// often such errors are measured where a plan would cut.
	Judged, Rounds int
	// Passes bounds the work of measuring errors at the outputs in forward passes of the original over
	// the calibration set; fewer samples are judged where there are many groups.
	Passes float64
	// Grams and Repairs say how many rows of a node's inputs are read for Gram matrices and for
	// repairs.
	Grams, Repairs statistics.Sampling
	// Synthetic bounds the multiply-accumulates that made-up inputs may take together.
	Synthetic float64
}

// defaultEffort is the name of the effort where the user names none.
const defaultEffort = "default"

// efforts in ascending order.
var efforts = []Effort{
	{Name: "fast", Samples: 512, Judged: 32, Rounds: 1, Passes: 1, Grams: statistics.GramSampling, Repairs: statistics.RepairSampling, Synthetic: 4e9},
	{Name: defaultEffort, Samples: 4096, Judged: 128, Rounds: 3, Passes: 1.25, Synthetic: 2e10,
		Grams: statistics.Sampling{PerColumn: 30, Fewest: 8192, Most: 1 << 17}, Repairs: statistics.Sampling{PerColumn: 30, Fewest: 16384, Most: 1 << 17}},
	{Name: "thorough", Samples: 1 << 30, Judged: 512, Rounds: 3, Passes: 30, Synthetic: 1e12,
		Grams: statistics.Sampling{PerColumn: 60, Fewest: 32768, Most: 1 << 19}, Repairs: statistics.Sampling{PerColumn: 60, Fewest: 32768, Most: 1 << 19}},
}

// Efforts lists the names of the efforts, the least first.
func Efforts() []string {
	var names []string
	for _, e := range efforts {
		names = append(names, e.Name)
	}
	return names
}

// LookupEffort returns the effort of that name; the empty name is the default's.
func LookupEffort(name string) (Effort, error) {
	if name == "" {
		name = defaultEffort
	}
	for _, e := range efforts {
		if e.Name == name {
			return e, nil
		}
	}
	return Effort{}, fmt.Errorf("effort: want one of %s, have %q", strings.Join(Efforts(), ", "), name)
}

// More returns the name of the next higher effort, or "" for the highest.
func (e Effort) More() string {
	for i := range efforts[:len(efforts)-1] {
		if efforts[i].Name == e.Name {
			return efforts[i+1].Name
		}
	}
	return ""
}

// DefaultMemory bounds the bytes that learning takes beyond the model if the user sets no bound.
const DefaultMemory = 2 << 30
