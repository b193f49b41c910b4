package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/candidate"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/target"
)

// keyParts is everything that a candidate depends on. The number of threads makes no difference.
type keyParts struct {
	Schema, Model, Calibration, Eval string
	Trial                            report.Trial
	Target                           target.Target
	RoundTo                          int
	Floor                            float64
	Exclude                          []string
	Solver, Recovery                 string
	Reduction, Normalization         string
	Seed                             uint64
	Effort                           string
	Memory                           int64
	Dims                             map[string]int
	Switches                         [5]bool
	Task                             report.Task
}

// keys returns the digest of each candidate.
func (j *Job) keys(ctx context.Context) ([]string, error) {
	model, err := figures.Digest(j.In, j.Weights)
	if err != nil {
		return nil, err
	}
	calibration, err := dataDigest(ctx, j.Calibration)
	if err != nil {
		return nil, err
	}
	eval, err := dataDigest(ctx, j.Eval)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(j.Trials))
	for i, t := range j.Trials {
		c := candidate.OptionsFor(t, j.Options)
		text, err := json.Marshal(keyParts{
			report.CandidateSchema, model, calibration, eval, t, c.Plan.Target(), c.Plan.Budget.RoundTo, c.Plan.Budget.Floor, c.Plan.Budget.Exclude, c.Plan.Solver, c.Recovery, c.Plan.Reduction, c.Plan.Normalization, c.Settings.Seed, c.Settings.Bounds().Name, c.Settings.MemoryBound(), c.Settings.Dims,
			[...]bool{c.NoRotation, c.Plan.NoMeasure, c.NoLossless, c.NoProof, j.Write.Sparse != nil},
			*j.Task.Report(),
		})
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		keys[i] = hex.EncodeToString(sum[:])
	}
	return keys, nil
}

// dataDigest returns a digest of the contents of d, wherever its file lies. It reads the samples once
// for each input, because the digest takes one input after the other.
func dataDigest(ctx context.Context, d *dataset.Data) (string, error) {
	h := sha256.New()
	none, err := d.Samples.Read(nil)
	if err != nil {
		return "", err
	}
	n := d.Samples.Count()
	for _, name := range slices.Sorted(maps.Keys(none)) {
		t := none[name]
		shape := slices.Clone(t.Shape())
		if t.Rank() > 0 {
			shape[0] = n
		}
		fmt.Fprintf(h, "%q %v %v ", name, t.DType(), shape)
		if t.Rank() == 0 {
			h.Write(t.Raw())
			continue
		}
		for from := 0; from < n; from += samples.DefaultBatch {
			feeds, err := dataset.ReadRange(d.Samples, from, min(n, from+samples.DefaultBatch))
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return "", err
			}
			h.Write(feeds[name].Raw())
		}
	}
	fmt.Fprint(h, d.Labels)
	if d.Truth != nil {
		if err := d.Truth.Digest(h); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// baseName returns the name of a candidate's files, without extension: its trial, for people, and
// the first digits of its key.
func baseName(t report.Trial, key string) string { return t.String() + "-" + key[:8] }
