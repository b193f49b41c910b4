package calibrate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"reflect"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Schema identifies the format of a statistics file. Fields may be added; none is renamed.
const Schema = "pollard.statistics/v1"

// Header describes what a set of statistics was collected from.
type Header struct {
	Schema string `json:"schema"`
	// Model is the digest of the model file and its external data.
	Model string `json:"model_sha256"`
	Recipe
	// Samples is the number of samples seen, all from Shard; Total is the number in all shards.
	Samples int           `json:"samples"`
	Total   int           `json:"total"`
	Shard   dataset.Shard `json:"shard"`
}

// Recipe is what shards must have in common, besides the model, to be merged.
type Recipe struct {
	Criteria []string `json:"criteria"` // that read the statistics
	Source   string   `json:"source"`   // "data" or "synthetic"
	Preparation
	// Seed and Dims are the parameters of synthetic inputs.
	Seed uint64         `json:"seed"`
	Dims map[string]int `json:"dims,omitempty"`
}

// headerName is the first array of the file. It holds the header as JSON text.
const headerName = "metadata"

// Write writes the statistics as an .npz that NumPy can read.
func Write(ctx context.Context, w io.Writer, h Header, set *statistics.Set) error {
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

// Read reads a file written by Write.
func Read(path string) (h Header, set *statistics.Set, err error) {
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

// ReadHeader reads the header of a statistics file and nothing else.
func ReadHeader(path string) (Header, error) {
	next, stop := iter.Pull2(dataset.Arrays(path))
	defer stop()
	return readHeader(path, next)
}

func readHeader(path string, next func() (dataset.Array, error, bool)) (h Header, err error) {
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
	err = h.Shard.Check()
	switch {
	case h.Schema != Schema:
		err = fmt.Errorf("want the schema %q, have %q", Schema, h.Schema)
	case err == nil && (h.Samples < 1 || h.Total < h.Samples):
		err = fmt.Errorf("want at least 1 sample and at most the total, have %d of %d", h.Samples, h.Total)
	}
	if err != nil {
		return h, fmt.Errorf("%s: array %q: %w", path, headerName, err)
	}
	return h, nil
}

// Joins returns an error if the statistics under header o are not of another shard of the same
// samples and model.
func (h Header) Joins(o Header) error {
	switch {
	case h.Model != o.Model:
		return fmt.Errorf("statistics of another model: want sha256 %s, have %s", h.Model, o.Model)
	case h.Total != o.Total || h.Shard.Of != o.Shard.Of:
		return fmt.Errorf("want parts of %d samples in %d shards, have parts of %d in %d", h.Total, h.Shard.Of, o.Total, o.Shard.Of)
	case !reflect.DeepEqual(h.Recipe, o.Recipe):
		return fmt.Errorf("want shards with the same recipe: %s, have %s", h.Recipe, o.Recipe)
	}
	return nil
}

// String returns the recipe as JSON, for error messages.
func (r Recipe) String() string {
	text, err := json.Marshal(r)
	return cmp.Or(string(text), fmt.Sprint(err))
}

// Report describes the statistics file at path.
func Report(path string, h Header, set *statistics.Set) (*report.Statistics, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, staging.Pathless(err))
	}
	axes, grams := set.Size()
	return &report.Statistics{
		Path: path, Bytes: info.Size(), Model: h.Model, Criteria: h.Criteria, Source: h.Source,
		Samples: h.Samples, Total: h.Total, Shard: h.Shard, Axes: axes, Grams: grams,
	}, nil
}
