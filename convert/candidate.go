package convert

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/staging"
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
	Front   bool           `json:"front"`
	Proof   *Proof         `json:"proof,omitempty"`
	Repairs []RepairReport `json:"recovery,omitempty"`
	Groups  []KeptReport   `json:"groups"`
	// Sparsity says which weights became zero, where the trial has a pattern.
	Sparsity *SparsityReport `json:"sparsity,omitempty"`
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

// KeptReport is what became of one group.
type KeptReport struct {
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

// score is what stands for accuracy.
func (c *Candidate) score() float64 {
	if c.Model.Accuracy != nil {
		return *c.Model.Accuracy
	}
	return c.Agreement
}

// finished is the candidate at path, or nil where there is none that was made from what key says, or where somebody changed it. Labelled says
// that there are labels to measure it with.
func finished(path, key string, labelled bool) *Candidate {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var c Candidate
	if json.Unmarshal(text, &c) != nil || c.Schema != CandidateSchema || c.Key != key || c.Model == nil {
		return nil
	}
	name, _ := strings.CutSuffix(filepath.Base(path), ".json")
	if c.Name != name || c.Model.Path != name+".onnx" || (c.Drop != nil) != labelled || (c.Model.Accuracy != nil) != labelled {
		return nil
	}
	var have Figures
	file := filepath.Join(filepath.Dir(path), c.Model.Path)
	if fileFigures(file, []string{file + ".data"}, &have) != nil || have.SHA256 != c.Model.SHA256 || have.Bytes != c.Model.Bytes {
		return nil
	}
	return &c
}

// save puts v at path as JSON, whole or not at all.
func save(path string, v any) error {
	if err := staging.WriteFile(context.Background(), path, func(w io.Writer) error { return writeJSON(w, v) }); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// describe fills in what is known of a candidate before its model is written.
func (c *Candidate) describe(r *Result, lost *float64, original *Figures, d *Data, was, now []int, dims map[string]int) {
	c.Schema, c.Solver = CandidateSchema, r.Choice.Solver
	c.Reached, c.Met, c.Why, c.PredictedError = r.Outcome.Reached, r.Outcome.Met, r.Outcome.Why, lost
	c.Proof, c.Repairs, c.Model = r.Proof, r.Repairs, &Figures{}
	c.Model.count(r.Cut, dims)
	for _, g := range groupReports(r.Analysis, r.Plan, r.scores) {
		c.Groups = append(c.Groups, KeptReport{g.Name, g.Kind, g.Units, g.Kept})
	}
	all := samplesTo(len(now))
	c.Agreement = shareOf(was, now, all)
	if d.Labels != nil {
		accuracy := shareOf(d.Labels, now, all)
		drop := 100 * (shareOf(d.Labels, was, all) - accuracy)
		c.Model.Accuracy, c.Drop = &accuracy, &drop
	}
	params := c.Model.Params
	if c.Pattern != "" {
		params, c.Sparsity = c.Model.NonZero, r.Sparsity
	}
	c.Of = Fractions{MACs: fraction(c.Model.MACs, original.MACs), Params: fraction(params, original.Params)}
}

// write puts the model and then what is known of it into the folder.
func (c *Candidate) write(ctx context.Context, dir string, r *Result, original *Figures, p *prepared) error {
	c.Model.Path = c.Name + ".onnx"
	out := filepath.Join(dir, c.Model.Path)
	stage, err := newStage(ctx, out, r.Cut, p.writeOptions())
	if err != nil {
		return err
	}
	defer stage.discard()
	var written Figures
	if err := fileFigures(stage.path, []string{stage.path + ".data"}, &written); err != nil {
		return err
	}
	c.Model.SHA256, c.Model.Bytes = written.SHA256, written.Bytes
	c.Of.Bytes = fraction(written.Bytes, original.Bytes)
	if c.Proof != nil {
		if c.Proof.Written, err = readBack(ctx, stage.path, r.Simplified, r.Cut, p.in.Proof, &p.Config); err != nil {
			return err
		}
		if !c.Proof.Written {
			return &Gate{fmt.Sprintf("%s: proof: the file read back computes something else than the model that was written", c.Name)}
		}
	}
	described := filepath.Join(dir, c.Name+".json")
	if err := stage.add(described, func(w io.Writer) error { return writeJSON(w, c) }); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return stage.place()
}

func fraction(a, b int64) float64 { return float64(a) / float64(max(1, b)) }

func samplesTo(n int) []int {
	return slices.Collect(func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	})
}
