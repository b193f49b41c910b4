package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// readFinished returns the candidate at path, or nil if there is none, it was made from something
// other than key, or it was edited since. labelled reports whether there are labels to measure it
// with.
func readFinished(path, key string, labelled bool) *report.Candidate {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var c report.Candidate
	if json.Unmarshal(text, &c) != nil || c.Schema != report.CandidateSchema || c.Key != key || c.Model == nil {
		return nil
	}
	name, _ := strings.CutSuffix(filepath.Base(path), ".json")
	if c.Name != name || c.Model.Path != name+".onnx" || (c.Drop != nil) != labelled || (c.Metric != nil) != labelled || c.Model.Accuracy != nil && !labelled {
		return nil
	}
	var have report.Figures
	file := filepath.Join(filepath.Dir(path), c.Model.Path)
	if figures.FillFile(file, []string{file + ".data"}, &have) != nil || have.SHA256 != c.Model.SHA256 || have.Bytes != c.Model.Bytes {
		return nil
	}
	return &c
}

// describeCandidate sets everything known of a candidate before its model is written.
func describeCandidate(c *report.Candidate, r *pipeline.Result, lost *float64, original *report.Figures, found report.Split, dims map[string]int) {
	c.Schema, c.Solver = report.CandidateSchema, r.Choice.Solver
	c.Reached, c.Met, c.Why, c.PredictedError = r.Outcome.Reached, r.Outcome.Met, r.Outcome.Why, lost
	c.Proof, c.Repairs, c.Model = r.Proof, r.Repairs, &report.Figures{}
	figures.FillModel(c.Model, r.Cut, dims)
	for _, g := range plan.Groups(r.Analysis, r.Plan, r.Scores) {
		c.Groups = append(c.Groups, report.Kept{Name: g.Name, Kind: g.Kind, Units: g.Units, Kept: g.Kept})
	}
	c.Agreement, c.Metric, c.Drop, c.Model.Accuracy = found.Agreement, found.Metric, found.Drop, found.Accuracy
	params := c.Model.Params
	if c.Pattern != "" {
		params, c.Sparsity = c.Model.NonZero, r.Sparsity
	}
	c.Of = report.Fractions{MACs: fraction(c.Model.MACs, original.MACs), Params: fraction(params, original.Params)}
}

// writeCandidate writes the model and then its description to the folder. It checks on the feeds
// that the file computes what the model does.
func writeCandidate(ctx context.Context, c *report.Candidate, r *pipeline.Result, original *report.Figures, feeds map[string]*graph.Tensor, j *Job) error {
	c.Model.Path = c.Name + ".onnx"
	out := filepath.Join(j.Dir, c.Model.Path)
	staged, err := output.Stage(ctx, out, r.Cut, j.Write)
	if err != nil {
		return err
	}
	defer staged.Discard()
	var written report.Figures
	if err := figures.FillFile(staged.Path, []string{staged.Path + ".data"}, &written); err != nil {
		return err
	}
	c.Model.SHA256, c.Model.Bytes = written.SHA256, written.Bytes
	c.Of.Bytes = fraction(written.Bytes, original.Bytes)
	if c.Proof != nil {
		same, err := proof.ReadBack(ctx, staged.Path, r.Simplified, r.Cut, feeds, j.Options.Settings)
		if err != nil {
			return err
		}
		if err := proof.RecordWritten(c.Proof, same); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	described := filepath.Join(j.Dir, c.Name+".json")
	if err := staged.Add(described, func(w io.Writer) error { return report.WriteJSON(w, c) }); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return staged.Place()
}

func fraction(a, b int64) float64 { return float64(a) / float64(max(1, b)) }
