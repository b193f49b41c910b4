package report

import (
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/passes/budget"
)

// CandidateSchema names the form of Candidate. Fields may be added, none is ever renamed.
const CandidateSchema = "pollard.candidate/v1"

// Candidate is one finished model of a sweep.
type Candidate struct {
	Schema string `json:"schema"`
	// Key is the digest of all that the candidate was made from: model, data, flags.
	Key  string `json:"key"`
	Name string `json:"name"`
	Trial
	Solver string `json:"solver"`
	// Reached is the fraction of the metric that remains, as predicted; Why says what stopped it where that is over Keep.
	Reached float64 `json:"reached"`
	Met     bool    `json:"met"`
	Why     string  `json:"why,omitempty"`
	// PredictedError is the error at the outputs that the choice expected before the repair; null where scores are no errors.
	PredictedError *float64 `json:"predicted_error"`
	Model          *Figures `json:"model"` // its path is that of the file in the sweep's folder
	// Of are fractions of what the original takes.
	Of Fractions `json:"fractions"`
	// Drop is percentage points of accuracy lost, null without labels; Agreement the share of the samples where the original predicts the same.
	Drop      *float64 `json:"drop"`
	Agreement float64  `json:"agreement"`
	// Front says that no other candidate is as good in accuracy, MACs, params and latency and better in one of them.
	Front   bool     `json:"front"`
	Proof   *Proof   `json:"proof,omitempty"`
	Repairs []Repair `json:"recovery,omitempty"`
	Groups  []Kept   `json:"groups"`
	// Sparsity says which weights became zero, where the trial has a pattern.
	Sparsity *Sparsity       `json:"sparsity,omitempty"`
	Latency  *LatencyOfTrial `json:"latency"`
	// Seconds the candidate took, by stage.
	Seconds map[string]float64 `json:"seconds"`
}

// Fractions are of the original; of params those count that a pattern did not make zero. Latency is null as long as it was not measured.
type Fractions struct {
	MACs    float64  `json:"macs"`
	Params  float64  `json:"params"`
	Bytes   float64  `json:"bytes"`
	Latency *float64 `json:"latency"`
}

// Kept is what became of one group.
type Kept struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Units int    `json:"units"`
	Kept  int    `json:"kept"`
}

// LatencyOfTrial is what a candidate takes in turn with the original, in milliseconds (medians), on so many threads.
type LatencyOfTrial struct {
	MS         float64 `json:"ms"`
	OriginalMS float64 `json:"original_ms"`
	Threads    int     `json:"threads"`
}

// Trial is what one candidate among several of the same model is made by.
type Trial struct {
	Criterion string        `json:"criterion"`
	Metric    budget.Metric `json:"of"`
	// Keep is the fraction of the metric that may remain, 1 where Lambda, the error that the whole of it is worth, decides.
	Keep   float64 `json:"keep"`
	Lambda float64 `json:"lambda,omitempty"`
	// Pattern is that in which weights of what is left are then zero, Zeros the share of them where the pattern does not say it; empty for none.
	Pattern string  `json:"pattern,omitempty"`
	Zeros   float64 `json:"zeros,omitempty"`
}

// String names the trial, in characters that a file's name may have.
func (t Trial) String() string {
	name := fmt.Sprintf("%s-%s-%.6g", t.Criterion, t.Metric, t.Keep)
	if t.Lambda > 0 {
		name = fmt.Sprintf("%s-%s-lambda-%.6g", t.Criterion, t.Metric, t.Lambda)
	}
	if t.Pattern != "" {
		name += "-" + strings.ReplaceAll(t.Pattern, ":", "of")
	}
	if t.Zeros > 0 {
		name += fmt.Sprintf("-%.6g", t.Zeros)
	}
	return name
}

// Pick says which candidate the conditions chose.
type Pick struct {
	Conditions []string `json:"conditions"`
	Met        bool     `json:"met"`
	// Name is that of the candidate; where no candidate meets the conditions, of the nearest.
	Name string `json:"name"`
	Path string `json:"path,omitempty"` // of the copy
}

// Score is what stands for accuracy.
func (c *Candidate) Score() float64 {
	if c.Model.Accuracy != nil {
		return *c.Model.Accuracy
	}
	return c.Agreement
}
