package report

import (
	"io"

	"github.com/pollard-dev/pollard/graph/level"
)

// SweepSchema names the form of SweepReport. Fields may be added, none is ever renamed.
const SweepSchema = "pollard.sweep/v1"

// Sweep is the table of a sweep.
type Sweep struct {
	Schema   string   `json:"schema"`
	Command  string   `json:"command"`
	Level    string   `json:"level"` // as in Report
	Original *Figures `json:"original"`
	// Measure is what models are compared by: accuracy, or without labels agreement with the original's predictions.
	Measure string `json:"measure"`
	Samples int    `json:"samples"` // it was measured on
	// Candidates in the order asked for. Found of them were finished by an earlier run.
	Candidates []*Candidate `json:"candidates"`
	Found      int          `json:"found"`
	Pick       *Pick        `json:"pick,omitempty"`
	Failed     []string     `json:"failed,omitempty"`
	// SideBySide is how many candidates were made at a time.
	SideBySide int `json:"side_by_side"`
	// Timings gives seconds by stage of this run. "total" is all of it; "alone" what the repairs and evaluations of the candidates took by
	// themselves: the sum of their times over how many went side by side.
	Timings map[string]float64 `json:"timings"`
}

// WriteJSON writes the report, indented.
func (r *Sweep) WriteJSON(w io.Writer) error {
	return WriteJSON(w, r)
}

// NewSweep is the report of a sweep that has just begun.
func NewSweep() *Sweep {
	return &Sweep{Schema: SweepSchema, Command: "sweep", Level: level.Active.String(), Timings: map[string]float64{}, Original: &Figures{}}
}
