package report

import (
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/passes/budget"
)

// CandidateSchema identifies the format of Candidate. Fields may be added; none is renamed.
const CandidateSchema = "pollard.candidate/v1"

// Candidate is one finished model of a sweep.
type Candidate struct {
	Schema string `json:"schema"`
	// Key is the digest of everything that the candidate was made from: model, data, flags.
	Key  string `json:"key"`
	Name string `json:"name"`
	Trial
	Solver string `json:"solver"`
	// Reached is the predicted fraction of the metric that remains; Why says what stopped it if it
	// exceeds Keep.
	Reached float64 `json:"reached"`
	Met     bool    `json:"met"`
	Why     string  `json:"why,omitempty"`
	// PredictedError is the error at the outputs that the choice expected before the repair; null
	// if scores are not errors.
	PredictedError *float64 `json:"predicted_error"`
	Model          *Figures `json:"model"` // its path is that of the file in the sweep's folder
	// Of gives the figures as fractions of the original's.
	Of Fractions `json:"fractions"`
	// Metric is the headline of the task, and Drop how much worse it is than the original's: for
	// accuracy and other fractions in percentage points. Both are null without labels. Agreement is how
	// far the candidate agrees with the original: for a classifier, the share of samples of the same
	// class.
	Metric    *Metric  `json:"metric"`
	Drop      *float64 `json:"drop"`
	Agreement float64  `json:"agreement"`
	// Front reports that no other candidate is at least as good in its metric, MACs, params and
	// latency, and better in one of them.
	Front   bool     `json:"front"`
	Proof   *Proof   `json:"proof,omitempty"`
	Repairs []Repair `json:"recovery,omitempty"`
	Groups  []Kept   `json:"groups"`
	// Sparsity says which weights became zero, if the trial has a pattern.
	Sparsity *Sparsity       `json:"sparsity,omitempty"`
	Latency  *LatencyOfTrial `json:"latency"`
	// Seconds gives the time that the candidate took, by stage.
	Seconds map[string]float64 `json:"seconds"`
}

// Fractions are figures as fractions of the original's. Params does not count weights that a
// pattern made zero. Latency is null until it is measured.
type Fractions struct {
	MACs    float64  `json:"macs"`
	Params  float64  `json:"params"`
	Bytes   float64  `json:"bytes"`
	Latency *float64 `json:"latency"`
}

// Kept says how many units of one group are kept.
type Kept struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Units int    `json:"units"`
	Kept  int    `json:"kept"`
}

// LatencyOfTrial is the median latency of a candidate and of the original, timed in turn on the
// same number of threads, in milliseconds.
type LatencyOfTrial struct {
	MS         float64 `json:"ms"`
	OriginalMS float64 `json:"original_ms"`
	Threads    int     `json:"threads"`
}

// Trial says what one of several candidates of a model is made by.
type Trial struct {
	Criterion string        `json:"criterion"`
	Metric    budget.Metric `json:"of"`
	// Keep is the fraction of the metric that may remain. It is 1 if Lambda decides, the price of
	// the whole metric in error.
	Keep   float64 `json:"keep"`
	Lambda float64 `json:"lambda,omitempty"`
	// Pattern is the pattern of zeros that weights then get, empty for none; Zeros is the share of
	// zeros if the pattern does not fix it.
	Pattern string  `json:"pattern,omitempty"`
	Zeros   float64 `json:"zeros,omitempty"`
}

// String names the trial in characters that are valid in a file name.
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

// Pick says which candidate meets the conditions.
type Pick struct {
	Conditions []string `json:"conditions"`
	Met        bool     `json:"met"`
	// Name names the candidate or, if none meets the conditions, the nearest.
	Name string `json:"name"`
	Path string `json:"path,omitempty"` // of the copy
}

// Score returns the metric, negated if less is better, or, without labels, the agreement.
func (c *Candidate) Score() float64 {
	if c.Metric != nil {
		return c.Metric.Score()
	}
	if c.Model.Accuracy != nil { // of a candidate of an earlier version
		return *c.Model.Accuracy
	}
	return c.Agreement
}
