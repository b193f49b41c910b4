package convert

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"reflect"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// StatisticsSchema names the form of files of statistics. Fields may be added, none is ever renamed.
const StatisticsSchema = "pollard.statistics/v1"

// StatisticsHeader says what statistics were collected of and on.
type StatisticsHeader struct {
	Schema string `json:"schema"`
	// Model is the digest of the file and of the external data behind it.
	Model string `json:"model_sha256"`
	Recipe
	// Samples were seen, those of Shard; Total are all shards'.
	Samples int   `json:"samples"`
	Total   int   `json:"total"`
	Shard   Shard `json:"shard"`
}

// Recipe is what shards must have in common, beside the model, to be merged.
type Recipe struct {
	Criteria []string `json:"criteria"` // that the statistics serve
	Source   string   `json:"source"`   // data or synthetic
	// Mean, Std and Scale are how data became inputs.
	Mean  float64 `json:"mean"`
	Std   float64 `json:"std"`
	Scale float64 `json:"scale"`
	// Seed and Dims are what inputs were made up from.
	Seed uint64         `json:"seed"`
	Dims map[string]int `json:"dims,omitempty"`
}

// headerName is the array of the file that holds the header, JSON in bytes. It is the first.
const headerName = "metadata"

// writeStatistics writes the statistics as an .npz that NumPy reads.
func writeStatistics(ctx context.Context, w io.Writer, h StatisticsHeader, set *statistics.Set) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return dataset.WriteNPZ(ctx, w, func(yield func(string, *graph.Tensor) bool) {
		if yield(headerName, graph.TensorOf(text, len(text))) {
			set.Tensors()(yield)
		}
	})
}

// readStatistics reads what writeStatistics wrote.
func readStatistics(path string) (h StatisticsHeader, set *statistics.Set, err error) {
	next, stop := iter.Pull2(dataset.Arrays(path))
	defer stop()
	if h, err = readHeader(path, next); err != nil {
		return h, nil, err
	}
	var broken error
	set, err = statistics.FromTensors(h.Samples, func(yield func(string, *graph.Tensor) bool) {
		for {
			a, err, ok := next()
			if broken = err; !ok || err != nil || !yield(a.Name, a.Tensor) {
				return
			}
		}
	})
	switch {
	case broken != nil:
		return h, nil, broken
	case err != nil:
		return h, nil, fmt.Errorf("%s: %w", path, err)
	}
	return h, set, nil
}

// readStatisticsHeader reads no more than what the statistics are of.
func readStatisticsHeader(path string) (StatisticsHeader, error) {
	next, stop := iter.Pull2(dataset.Arrays(path))
	defer stop()
	return readHeader(path, next)
}

func readHeader(path string, next func() (dataset.Array, error, bool)) (h StatisticsHeader, err error) {
	a, err, ok := next()
	if err != nil {
		return h, err
	}
	if !ok || a.Name != headerName || a.Tensor.DType() != graph.Uint8 {
		return h, fmt.Errorf("%s: want statistics that pollard calibrate wrote, have another .npz: its first array is %q, not %q", path, a.Name, headerName)
	}
	if err := json.Unmarshal(a.Tensor.Raw(), &h); err != nil {
		return h, fmt.Errorf("%s: array %q: %w", path, headerName, err)
	}
	err = h.Shard.check()
	switch {
	case h.Schema != StatisticsSchema:
		err = fmt.Errorf("want the schema %q, have %q", StatisticsSchema, h.Schema)
	case err == nil && (h.Samples < 1 || h.Total < h.Samples):
		err = fmt.Errorf("have %d of %d samples", h.Samples, h.Total)
	}
	if err != nil {
		return h, fmt.Errorf("%s: array %q: %w", path, headerName, err)
	}
	return h, nil
}

// joins reports why statistics under header o are no others shards of the same.
func (h StatisticsHeader) joins(o StatisticsHeader) error {
	switch {
	case h.Model != o.Model:
		return fmt.Errorf("statistics of another model: want sha256 %s, have %s", h.Model, o.Model)
	case h.Total != o.Total || h.Shard.Of != o.Shard.Of:
		return fmt.Errorf("want parts of %d samples in %d shards, have parts of %d in %d", h.Total, h.Shard.Of, o.Total, o.Shard.Of)
	case !reflect.DeepEqual(h.Recipe, o.Recipe):
		return fmt.Errorf("want shards that were collected alike: %s, have %s", h.Recipe, o.Recipe)
	}
	return nil
}

// String is the recipe for an error.
func (r Recipe) String() string {
	text, err := json.Marshal(r)
	return cmp.Or(string(text), fmt.Sprint(err))
}

// digest is the SHA-256 of the file at path followed by the files beside it, which hold weights of it.
func digest(path string, beside []string) (string, error) {
	h := sha256.New()
	for _, p := range append([]string{path}, beside...) {
		f, err := os.Open(p)
		if err != nil {
			return "", fmt.Errorf("%s: %w", p, staging.Pathless(err))
		}
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", fmt.Errorf("%s: %w", p, staging.Pathless(err))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// loadStatistics reads the job's file of statistics, where it names one.
func (p *pruning) loadStatistics() error {
	if p.Statistics == "" {
		return nil
	}
	if err := checkOutput(p.Statistics, p.Out); err != nil {
		return err
	}
	name := p.Config.Criterion
	if name == "" {
		name = DefaultCriterion
	}
	criterion, err := saliency.Lookup(name)
	if err != nil {
		return err
	}
	if !criterion.NeedsData {
		return fmt.Errorf("statistics: criterion %s looks at weights only and reads none", criterion.Name)
	}
	model, err := digest(p.In, onnx.External(p.original))
	if err != nil {
		return err
	}
	h, set, err := readStatistics(p.Statistics)
	if err != nil {
		return err
	}
	if h.Model != model {
		return fmt.Errorf("%s: statistics of another model: want sha256 %s as %s has, have %s", p.Statistics, model, p.In, h.Model)
	}
	p.statistics = set
	p.report.Statistics, err = statisticsReport(p.Statistics, h, set)
	return err
}
