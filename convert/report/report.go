package report

import (
	"io"

	"github.com/pollard-dev/pollard/graph/level"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Schema identifies the format of Report. Fields may be added; none is renamed.
const Schema = "pollard.report/v1"

// Report is the outcome of a run. Unknown figures are null.
type Report struct {
	Schema   string   `json:"schema"`
	Command  string   `json:"command"`
	Level    string   `json:"level"` // instruction set used: generic, avx2, avx512 or neon
	Original *Figures `json:"original,omitempty"`
	Pruned   *Figures `json:"pruned,omitempty"`
	// Initial is the checkpoint that the criterion compared the weights with.
	Initial *Figures `json:"initial,omitempty"`
	Ratio   *Ratio   `json:"ratio,omitempty"`
	// Grown says why the file of the pruned model is larger than the original's; absent if it is not.
	Grown  *Grown  `json:"grown,omitempty"`
	Budget *Budget `json:"budget,omitempty"`
	Proof  *Proof  `json:"proof,omitempty"`
	// Task says what the outputs were taken for. Agreement, Metrics and Classes are in its terms.
	Task      *Task      `json:"task,omitempty"`
	Agreement *Agreement `json:"agreement,omitempty"`
	// Metrics are how good both models are, the headline first.
	Metrics []Metric `json:"metrics,omitempty"`
	// Classes are the classes that lost most, at most ten.
	Classes []ClassLoss `json:"classes,omitempty"`
	// Target says how the model was found, if limits on loss were given instead of a budget.
	Target *Target `json:"target,omitempty"`
	// Free lists the units that were removed because no output depends on them. FreeKept says why
	// they stayed, if that could not be proven or the model is too large to search.
	Free     []Free `json:"free,omitempty"`
	FreeKept string `json:"free_kept,omitempty"`
	// Silent lists the units that were 0 on the whole calibration set. That does not prove them
	// dead, so they are scored like others. It is known only if the criterion collects what units
	// read.
	Silent []Silent `json:"silent,omitempty"`
	Groups []Group  `json:"groups,omitempty"`
	// Prunable is the share of the parameters that belong to a unit of some group; set by inspect.
	Prunable float64        `json:"prunable,omitempty"`
	Pinned   []group.Pinned `json:"pinned,omitempty"`
	// Extents gives the extents of symbolic dimensions that nobody set, where they are not 1: those of the
	// data, or the least that the model takes.
	Extents map[string]int `json:"extents,omitempty"`
	// Set gives the inputs that were set, and are constants of the pruned model.
	Set map[string]string `json:"set,omitempty"`
	// FixedInputs is the number of inputs with a default that are weights, and constants now. Callers of
	// the original may override them, those of the pruned model may not.
	FixedInputs int `json:"fixed_inputs,omitempty"`
	// Partial says what of the model could not be run; absent if all of it can.
	Partial *Partial `json:"partial,omitempty"`
	// Halves says which weights are written in half precision, if the job asks for that.
	Halves *Halves `json:"halves,omitempty"`
	// Unfolded lists the nodes that compute constants but stay, because the constants are much
	// larger than what they are computed from.
	Unfolded []simplify.Kept `json:"unfolded,omitempty"`
	// Choice says how the units that stay were chosen.
	Choice *Choice `json:"choice,omitempty"`
	// Sparsity says which weights became zero.
	Sparsity *Sparsity `json:"sparsity,omitempty"`
	// Recovery lists the nodes considered for repair, Calibration the inputs that the repair learnt
	// from.
	Recovery    []Repair     `json:"recovery,omitempty"`
	Calibration *Calibration `json:"calibration,omitempty"`
	// Learning says what bounds the repair had and how good its result is on held-out samples.
	Learning *Learning `json:"learning,omitempty"`
	// Distillation says what the cut model learnt from the original on unlabelled samples.
	Distillation *Distillation `json:"distillation,omitempty"`
	// Ticket describes a lottery ticket.
	Ticket *Ticket `json:"ticket,omitempty"`
	// Redundancy says how redundant the network is.
	Redundancy *Redundancy `json:"redundancy,omitempty"`
	// Statistics describes the file that calibrate wrote, or that the criterion read.
	Statistics *Statistics `json:"statistics,omitempty"`
	// Latency gives what bench and prune measured on the Machine, one entry a model.
	Latency []Latency `json:"latency,omitempty"`
	Machine *Machine  `json:"machine,omitempty"`
	// Preprocess says how pictures became inputs, and Folders what was taken from folders.
	Preprocess *Preprocess `json:"preprocess,omitempty"`
	Folders    []Folder    `json:"folders,omitempty"`
	// Look says what a model sees of the data.
	Look *Look `json:"look,omitempty"`
	// Outputs lists the outputs of run, by name.
	Outputs []Output `json:"outputs,omitempty"`
	// Tests gives the results of run on test sets.
	Tests *Tests `json:"tests,omitempty"`
	// Pictures are samples with what both models find in them, for pages.
	Pictures []Picture `json:"-"`
	// Failed lists the gates that failed.
	Failed []string `json:"failed,omitempty"`
	// Timings gives seconds by stage.
	Timings map[string]float64 `json:"timings,omitempty"`
}

// New returns an empty report of a command.
func New(command string) *Report {
	return &Report{Schema: Schema, Command: command, Level: level.Active.String(), Timings: map[string]float64{}}
}

// Figures describes one model.
type Figures struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`  // of the file and its external data
	Params int64  `json:"params"` // elements of weights
	// NonZero counts those that are not 0. Zeros take room in the file all the same, unless they
	// are written as sparse initializers.
	NonZero int64 `json:"nonzero"`
	MACs    int64 `json:"macs"` // multiply-accumulates for one sample
	Nodes   int   `json:"nodes"`
	// Accuracy is top-1, from 0 to 1; null without labels, and of models that are no classifiers.
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
	Reached float64 `json:"reached"` // fraction that remains; measured, if of latency
	Met     bool    `json:"met"`
	Why     string  `json:"why,omitempty"` // what stopped it if it is not met
	// Lambda is the price of the whole metric in error; absent if the budget alone decided.
	Lambda float64 `json:"lambda,omitempty"`
	// Predicted is the predicted fraction of the latency and Fit describes the predictor; absent
	// for metrics that are counted.
	Predicted *float64 `json:"predicted,omitempty"`
	Fit       *Fit     `json:"fit,omitempty"`
	// Widths says what multiples groups were cut to; absent if the user said what to round to.
	Widths *Widths `json:"widths,omitempty"`
}

// Widths says what multiples of units groups are cut to, so that what is left is fast on a target.
type Widths struct {
	Target string `json:"target"`
	// Multiples lists the multiples, the largest first.
	Multiples []Multiple `json:"multiples"`
}

// Multiple is a number of units that the widths of groups are a multiple of once they are cut.
type Multiple struct {
	Units  int `json:"units"`
	Groups int `json:"groups"`
}

// Choice says how the units that stay were chosen.
type Choice struct {
	Criterion string `json:"criterion"`
	Solver    string `json:"solver"`
	Rounds    int    `json:"rounds"`
	// Measured is the number of errors measured at the outputs.
	Measured int `json:"measured"`
	// Judged is the number of samples that each of them was measured on, held-out ones if there are
	// enough.
	Judged int `json:"judged,omitempty"`
	// Note says what was left undone for want of data.
	Note string `json:"note,omitempty"`
	// Rotations lists the changes of basis made before the choice.
	Rotations []rotation.Rotation `json:"rotations,omitempty"`
}

// Proof says how far the cut model is from the original with the same units masked.
type Proof struct {
	Passed bool `json:"passed"`
	// MaxAbsDiff is the largest difference of two output elements, MaxRelDiff the same as a
	// fraction of the largest magnitude of the output.
	MaxAbsDiff float64 `json:"max_abs_diff"`
	MaxRelDiff float64 `json:"max_rel_diff"`
	// Simplified is the largest difference between the model as read and as simplified, in the
	// terms of MaxRelDiff; absent if the model cannot be run as read.
	Simplified *float64 `json:"simplified_is_original,omitempty"`
	// BranchesUnproved is how many of the two runs that force every If to one of its branches the
	// original itself does not complete on the inputs of the proof.
	BranchesUnproved int `json:"branches_unproved,omitempty"`
	// Tolerance bounds MaxRelDiff and Simplified.
	Tolerance float64 `json:"tolerance"`
	// Predicted reports that the types predicted by the plan are those inferred.
	Predicted bool `json:"predicted_is_inferred"`
	// Written reports that the written file computes exactly what the model in memory does.
	Written bool `json:"written_is_read"`
}

// Agreement compares two models on the same inputs.
type Agreement struct {
	Samples int `json:"samples"`
	// Top1 is the fraction of samples with the same class; null if the model is no classifier.
	Top1 *float64 `json:"top1"`
	// MaxAbsDiff is the largest difference of two elements of outputs, Cosine the cosine between all of
	// one model and of the other; null if outputs have different extents.
	MaxAbsDiff *float64 `json:"max_abs_diff"`
	Cosine     *float64 `json:"cosine"`
	// Figures say how far the models agree in the terms of the task, the headline first.
	Figures []Figure `json:"figures"`
}

// Value returns the headline.
func (a *Agreement) Value() float64 { return a.Figures[0].Value }

// Output describes one output of a model that was run.
type Output struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // of its elements
	Shape []int  `json:"shape"`
	Path  string `json:"path,omitempty"` // of the file it was written to
}

// Tests compares a model's outputs with the stored ones of its test sets. An element may differ by
// Atol + Rtol |want|.
type Tests struct {
	Atol float64   `json:"atol"`
	Rtol float64   `json:"rtol"`
	Sets []TestSet `json:"sets"`
}

// TestSet is one test set, with the first difference if there is one.
type TestSet struct {
	Name     string    `json:"name"`
	Passed   bool      `json:"passed"`
	Outputs  int       `json:"outputs"` // outputs compared
	Mismatch *Mismatch `json:"mismatch,omitempty"`
}

// Group describes one group and how many of its units are kept.
type Group struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Units   int      `json:"units"`
	Kept    int      `json:"kept"`
	Params  int64    `json:"params"` // weights that belong to some unit of the group
	Members []Member `json:"members"`
	// Saliency summarizes the scores of the units; absent if nothing was scored.
	Saliency *Saliency `json:"saliency,omitempty"`
}

// Member is one axis on which a group has positions.
type Member struct {
	Value string `json:"value"`
	Axis  int    `json:"axis"`
}

// WriteJSON writes the report with indentation.
func (r *Report) WriteJSON(w io.Writer) error {
	return WriteJSON(w, r)
}

// Halves says which float32 weights are written in half precision.
type Halves struct {
	Tensors int `json:"tensors"`
	// Wide lists those that stay, because numbers among them are beyond the range of halves.
	Wide []string `json:"wide,omitempty"`
}
