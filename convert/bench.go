package convert

import (
	"context"
	"fmt"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// LatencyReport is how long one model takes.
type LatencyReport struct {
	Path      string           `json:"path"`
	MedianMS  float64          `json:"median_ms"`
	MinMS     float64          `json:"min_ms"`
	P90MS     float64          `json:"p90_ms"`
	Runs      int              `json:"runs"`
	Operators []OperatorReport `json:"operators"`
}

// OperatorReport is the time of all nodes of one operator in one run.
type OperatorReport struct {
	Operator string  `json:"operator"`
	Nodes    int     `json:"nodes"`
	MS       float64 `json:"ms"`
	Share    float64 `json:"share"` // of the time of all nodes
}

// latencyRuns and latencyLimit bound how long prune times both models.
const (
	latencyRuns  = 50
	latencyLimit = 3 * time.Second
)

// latencies fills in the latency of original and pruned on one made-up sample.
func latencies(ctx context.Context, original, pruned *graph.Model, r *Report, c *Config) error {
	feeds, err := Synthetic(original, c.Dims, 1, c.Seed)
	if err != nil {
		return err
	}
	ls, err := timeModels(ctx, []*graph.Model{original, pruned}, feeds, latencyRuns, latencyLimit, c.Threads)
	if err != nil {
		return err
	}
	a, b := milli(ls[0].Median), milli(ls[1].Median)
	r.Original.LatencyMS, r.Pruned.LatencyMS = &a, &b
	return nil
}

func timeModels(ctx context.Context, models []*graph.Model, feeds map[string]*graph.Tensor, runs int, limit time.Duration, threads int) ([]runtime.Latency, error) {
	var candidates []runtime.Candidate
	for _, m := range models {
		s, err := runtime.Compile(m, runtime.Options{Threads: threads})
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, runtime.Candidate{Session: s, Feeds: feeds})
	}
	return runtime.Time(ctx, candidates, runs, limit)
}

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// benchLimit bounds the time Bench spends; after it the runs so far count.
const benchLimit = 2 * time.Minute

// Bench times one or more models in turn on the same inputs: batch samples of the data,
// or made up where load is nil.
func Bench(ctx context.Context, paths []string, load func(*graph.Model) (*Data, error), batch, runs int, c Config) (*Report, error) {
	if batch < 1 {
		return nil, fmt.Errorf("batch: want a positive number, have %d", batch)
	}
	r := &Report{Schema: Schema, Command: "bench", Timings: map[string]float64{}}
	var models []*graph.Model
	for _, path := range paths {
		file, err := onnx.Read(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		models = append(models, file.Model)
	}
	feeds, err := benchFeeds(models[0], load, batch, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", paths[0], err)
	}
	err = staged(r.Timings, "bench", func() error {
		c.progress("bench", 0, 0)
		ls, err := timeModels(ctx, models, feeds, runs, benchLimit, c.Threads)
		for i, l := range ls {
			r.Latency = append(r.Latency, latencyReport(paths[i], l))
		}
		return err
	})
	if len(r.Latency) == 2 && r.Latency[1].MedianMS > 0 {
		l := r.Latency[0].MedianMS / r.Latency[1].MedianMS
		r.Ratio = &Ratio{Latency: &l}
	}
	return r, err
}

func benchFeeds(m *graph.Model, load func(*graph.Model) (*Data, error), batch int, c Config) (map[string]*graph.Tensor, error) {
	if load == nil {
		return Synthetic(m, c.Dims, batch, c.Seed)
	}
	d, err := load(m)
	if err != nil {
		return nil, err
	}
	return dataset.Subset(d.Feeds, 0, batch)
}

func latencyReport(path string, l runtime.Latency) LatencyReport {
	r := LatencyReport{Path: path, MedianMS: milli(l.Median), MinMS: milli(l.Min), P90MS: milli(l.P90), Runs: l.Runs}
	var total time.Duration
	for _, o := range l.Operators {
		total += o.Time
	}
	for _, o := range l.Operators {
		r.Operators = append(r.Operators, OperatorReport{o.Operator, o.Nodes, milli(o.Time), float64(o.Time) / float64(max(1, total))})
	}
	return r
}

// Run computes the outputs of the model at path for all the data that load reads, at once.
func Run(ctx context.Context, path string, load func(*graph.Model) (*Data, error), threads int) (map[string]*graph.Tensor, error) {
	file, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	d, err := load(file.Model)
	if err != nil {
		return nil, err
	}
	s, err := runtime.Compile(file.Model, runtime.Options{Threads: threads})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out, err := s.Run(ctx, d.Feeds)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}
