package report

import (
	"io"

	"github.com/pollard-dev/pollard/graph/level"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Schema names the form of Report. Fields may be added, none is ever renamed.
const Schema = "pollard.report/v1"

// Report is what a run found and did. Figures that are not known are null.
type Report struct {
	Schema   string   `json:"schema"`
	Command  string   `json:"command"`
	Level    string   `json:"level"` // the instruction set that computed: generic, avx2, avx512 or neon
	Original *Figures `json:"original,omitempty"`
	Pruned   *Figures `json:"pruned,omitempty"`
	// Initial is the checkpoint that the criterion compared the weights with.
	Initial *Figures `json:"initial,omitempty"`
	Ratio   *Ratio   `json:"ratio,omitempty"`
	Budget  *Budget  `json:"budget,omitempty"`
	Proof   *Proof   `json:"proof,omitempty"`
	// Target says how the model was found where no budget was given but what may be lost.
	Target *Target `json:"target,omitempty"`
	// Free lists units that went because no output depends on them; FreeKept says why they stayed
	// where that could not be proven, or where the model is too large for them to be looked for.
	Free     []Free `json:"free,omitempty"`
	FreeKept string `json:"free_kept,omitempty"`
	// Silent lists units that were 0 on all of the calibration set, which is no proof that they are dead: they
	// are scored like others. Known only where the criterion collects what units read.
	Silent    []Silent   `json:"silent,omitempty"`
	Agreement *Agreement `json:"agreement,omitempty"`
	Groups    []Group    `json:"groups,omitempty"`
	// Prunable is the share of the parameters that belong to a unit of some group; inspect says it.
	Prunable float64        `json:"prunable,omitempty"`
	Pinned   []group.Pinned `json:"pinned,omitempty"`
	// Unfolded lists nodes that compute constants and stay, because these are much larger than what they are made of.
	Unfolded []simplify.Kept `json:"unfolded,omitempty"`
	// Choice says how the units that stay were chosen.
	Choice *Choice `json:"choice,omitempty"`
	// Sparsity says which weights became zero.
	Sparsity *Sparsity `json:"sparsity,omitempty"`
	// Recovery lists the nodes that were to be repaired, Calibration the inputs it was made from.
	Recovery    []Repair     `json:"recovery,omitempty"`
	Calibration *Calibration `json:"calibration,omitempty"`
	// Ticket says what a ticket was made of.
	Ticket *Ticket `json:"ticket,omitempty"`
	// Redundancy says how much of the network says the same.
	Redundancy *Redundancy `json:"redundancy,omitempty"`
	// Statistics describes the file that calibrate wrote, or that the criterion read.
	Statistics *Statistics `json:"statistics,omitempty"`
	// Latency gives what bench and prune measured, one entry a model, on the Machine.
	Latency []Latency `json:"latency,omitempty"`
	Machine *Machine  `json:"machine,omitempty"`
	// Outputs gives what run computed, by name.
	Outputs []Output `json:"outputs,omitempty"`
	// Tests gives what run found on test data.
	Tests *Tests `json:"tests,omitempty"`
	// Failed lists the gates that did not pass.
	Failed []string `json:"failed,omitempty"`
	// Timings gives seconds by stage.
	Timings map[string]float64 `json:"timings,omitempty"`
}

// New is the report of a command that has just begun.
func New(command string) *Report {
	return &Report{Schema: Schema, Command: command, Level: level.Active.String(), Timings: map[string]float64{}}
}

// Figures describe one model.
type Figures struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`  // of the file and its external data
	Params int64  `json:"params"` // elements of weights
	// NonZero is how many of them are not 0: zeros take room in the file all the same, unless they are written as sparse initializers.
	NonZero int64 `json:"nonzero"`
	MACs    int64 `json:"macs"` // multiply-accumulates for one sample
	Nodes   int   `json:"nodes"`
	// Accuracy is top-1, from 0 to 1.
	Accuracy *float64 `json:"accuracy"`
	// LatencyMS is the median latency of one sample in milliseconds.
	LatencyMS *float64 `json:"latency_ms"`
}

// Ratio is original over pruned.
type Ratio struct {
	Params  float64  `json:"params"`
	MACs    float64  `json:"macs"`
	Bytes   float64  `json:"bytes"`
	Latency *float64 `json:"latency"`
}

// Budget says what was asked for and what was reached.
type Budget struct {
	Metric  string  `json:"metric"`
	Keep    float64 `json:"keep"`    // fraction that may remain
	Reached float64 `json:"reached"` // fraction that remains; of latency, as measured
	Met     bool    `json:"met"`
	Why     string  `json:"why,omitempty"` // what stopped it when it is not met
	// Lambda is the error that the whole of the metric was worth; absent when the budget alone decided.
	Lambda float64 `json:"lambda,omitempty"`
	// Predicted is the fraction of the latency that was to remain, Fit what that was predicted from; absent for what is counted.
	Predicted *float64 `json:"predicted,omitempty"`
	Fit       *Fit     `json:"fit,omitempty"`
}

// Choice says how the units that stay were chosen.
type Choice struct {
	Criterion string `json:"criterion"`
	Solver    string `json:"solver"`
	Rounds    int    `json:"rounds"`
	// Measured is how many errors at the outputs were measured.
	Measured int `json:"measured"`
	// Note says what was left undone for want of data.
	Note string `json:"note,omitempty"`
	// Rotations lists the changes of basis that were made first.
	Rotations []rotation.Rotation `json:"rotations,omitempty"`
}

// Proof says how far the cut model is from the original with the same units masked.
type Proof struct {
	Passed bool `json:"passed"`
	// MaxAbsDiff is the largest difference of two output elements, MaxRelDiff the same as a
	// fraction of the largest magnitude of its output.
	MaxAbsDiff float64 `json:"max_abs_diff"`
	MaxRelDiff float64 `json:"max_rel_diff"`
	// Simplified is the largest difference of the model as it was read and of what it was simplified to, in the same terms;
	// absent when the model cannot be run as it was read.
	Simplified *float64 `json:"simplified_is_original,omitempty"`
	// Tolerance bounds MaxRelDiff and Simplified.
	Tolerance float64 `json:"tolerance"`
	// Predicted says that the types which the plan predicted are those inferred.
	Predicted bool `json:"predicted_is_inferred"`
	// Written says that the file read back computes exactly what the model in memory does.
	Written bool `json:"written_is_read"`
}

// Agreement compares two models on the same inputs.
type Agreement struct {
	Samples    int     `json:"samples"`
	Top1       float64 `json:"top1"` // fraction of samples with the same largest output
	MaxAbsDiff float64 `json:"max_abs_diff"`
	Cosine     float64 `json:"cosine"`
}

// Output is one output of a model that was run.
type Output struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // of its elements
	Shape []int  `json:"shape"`
	Path  string `json:"path,omitempty"` // of the file it was written to
}

// Tests says what a model answered to the inputs of its test sets. An element may be Atol + Rtol |want| off.
type Tests struct {
	Atol float64   `json:"atol"`
	Rtol float64   `json:"rtol"`
	Sets []TestSet `json:"sets"`
}

// TestSet is one test set, with the first of its answers that is another.
type TestSet struct {
	Name     string    `json:"name"`
	Passed   bool      `json:"passed"`
	Outputs  int       `json:"outputs"` // that were compared
	Mismatch *Mismatch `json:"mismatch,omitempty"`
}

// Group is one group and what became of it.
type Group struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Units   int      `json:"units"`
	Kept    int      `json:"kept"`
	Params  int64    `json:"params"` // weights that belong to some unit of it
	Members []Member `json:"members"`
	// Saliency says what its units are worth; absent where nothing was scored.
	Saliency *Saliency `json:"saliency,omitempty"`
}

// Member is one axis that a group has positions on.
type Member struct {
	Value string `json:"value"`
	Axis  int    `json:"axis"`
}

// WriteJSON writes the report, indented.
func (r *Report) WriteJSON(w io.Writer) error {
	return WriteJSON(w, r)
}
