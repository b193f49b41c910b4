package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// keyed is all that a candidate depends on. How many threads there are makes no difference.
type keyed struct {
	Schema, Model, Calibration, Eval string
	Trial                            Trial
	RoundTo                          int
	Floor                            float64
	Exclude                          []string
	Solver, Recovery                 string
	Reduction, Normalization         string
	Seed                             uint64
	Dims                             map[string]int
	Switches                         [5]bool
}

// keys are the candidates' digests.
func (s *sweeping) keys(all []Trial, weights []string) ([]string, error) {
	model, err := digest(s.In, weights)
	if err != nil {
		return nil, err
	}
	calibration, eval := dataDigest(s.calibration), dataDigest(s.eval)
	keys := make([]string, len(all))
	for i, t := range all {
		c := t.with(s.Config)
		text, err := json.Marshal(keyed{
			CandidateSchema, model, calibration, eval, t, c.Budget.RoundTo, c.Budget.Floor, c.Budget.Exclude, c.Solver, c.Recovery, c.Reduction, c.Normalization, c.Seed, c.Dims,
			[...]bool{c.NoRotation, c.NoMeasure, c.NoLossless, c.NoProof, c.SparseInitializers},
		})
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		keys[i] = hex.EncodeToString(sum[:])
	}
	return keys, nil
}

// dataDigest tells data apart by their contents, wherever they lie.
func dataDigest(d *Data) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(d.Feeds)) {
		t := d.Feeds[name]
		fmt.Fprintf(h, "%q %v %v ", name, t.DType(), t.Shape())
		if t.DType() == graph.String {
			fmt.Fprintf(h, "%q", graph.Data[string](t))
			continue
		}
		h.Write(t.Raw())
	}
	fmt.Fprint(h, d.Labels)
	return hex.EncodeToString(h.Sum(nil))
}

// fileOf is the name of a candidate's files: what made it, for people, and the beginning of its digest.
func fileOf(t Trial, key string) string { return t.String() + "-" + key[:8] }
