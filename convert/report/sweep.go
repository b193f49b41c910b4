package report

import (
	"io"

	"github.com/pollard-dev/pollard/graph/level"
)

// SweepSchema identifies the format of Sweep. Fields may be added; none is renamed.
const SweepSchema = "pollard.sweep/v1"

// Sweep is the table of a sweep.
type Sweep struct {
	Schema   string   `json:"schema"`
	Command  string   `json:"command"`
	Level    string   `json:"level"` // as in Report
	Original *Figures `json:"original"`
	// Preprocess and Folders are as in Report.
	Preprocess *Preprocess `json:"preprocess,omitempty"`
	Folders    []Folder    `json:"folders,omitempty"`
	// Task says what the outputs were taken for. Measure says what models are compared by: the name of
	// the task's metric, as accuracy, or, without labels, agreement with the original.
	Task    *Task  `json:"task"`
	Measure string `json:"measure"`
	// Metric is the metric of the original; null without labels.
	Metric  *Metric `json:"metric"`
	Samples int     `json:"samples"` // that it was measured on
	// Candidates lists the candidates in the order asked for. An earlier run had finished Found of
	// them.
	Candidates []*Candidate `json:"candidates"`
	Found      int          `json:"found"`
	Pick       *Pick        `json:"pick,omitempty"`
	Failed     []string     `json:"failed,omitempty"`
	// SideBySide is the number of candidates made at a time.
	SideBySide int `json:"side_by_side"`
	// Timings gives seconds by stage of this run. "total" is the whole run. "alone" estimates the
	// repairs and evaluations without the rest: the sum of their times over the number made at a
	// time.
	Timings map[string]float64 `json:"timings"`
}

// WriteJSON writes the report with indentation.
func (r *Sweep) WriteJSON(w io.Writer) error {
	return WriteJSON(w, r)
}

// NewSweep returns an empty report of a sweep.
func NewSweep() *Sweep {
	return &Sweep{Schema: SweepSchema, Command: "sweep", Level: level.Active.String(), Timings: map[string]float64{}, Original: &Figures{}}
}
