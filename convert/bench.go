package convert

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/latency"
	"github.com/pollard-dev/pollard/convert/internal/peer"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// benchLimit bounds the time that Bench spends on runs; it reports those completed by then.
const benchLimit = 2 * time.Minute

// BenchOptions are the parameters of Bench.
type BenchOptions struct {
	Batch int // samples per run
	Runs  int // of each model
	// Nodes adds the times of single nodes.
	Nodes bool
	// Sparse says how nodes with partly zero weights are computed.
	Sparse runtime.Sparse
	// Fit fits a model of the machine to the time that zeros save, and compares the models with it.
	Fit bool
	// Peer is a program that runs another runtime, for comparison in turn on the same inputs;
	// fixtures/peers/serve.go describes its protocol. Empty for none. Self is a program that runs
	// Serve, to measure how much memory this runtime takes; empty leaves that unknown.
	Peer, Self string
}

// Bench times one or more models in turn on the same inputs: a batch of the data or, if load is
// nil, made-up inputs.
func Bench(ctx context.Context, paths []string, load func(*graph.Model) (*dataset.Data, error), o BenchOptions, c Config) (_ *report.Report, err error) {
	if o.Batch < 1 {
		return nil, fmt.Errorf("batch: want a positive number, have %d", o.Batch)
	}
	r := report.New("bench")
	var models []*graph.Model
	var files []*onnx.File
	defer onnx.DoneAll(&files, &err)
	for _, path := range paths {
		file, err := onnx.Read(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		models = append(models, file.Model)
	}
	if err := samples.CheckDims(models[0], c.Dims); err != nil {
		return nil, err
	}
	feeds, err := benchFeeds(models[0], load, o.Batch, c)
	if err != nil {
		return nil, stage.Plain(fmt.Errorf("%s: %w", paths[0], err))
	}
	candidates, err := latency.Sessions(models, feeds, runtime.Options{Threads: c.Threads, Sparse: o.Sparse})
	if err != nil {
		return nil, err
	}
	err = stage.Timings(r.Timings).Time("bench", func() error {
		c.settings().Report("bench", 0, 0)
		return timeModels(ctx, r, paths, candidates, o)
	})
	if err == nil && o.Fit {
		err = stage.Timings(r.Timings).Time("fit", func() error { return latency.FitEfficiency(ctx, r, paths, models, feeds, o.Sparse, c.settings()) })
	}
	if len(r.Latency) == 2 && r.Latency[1].MedianMS > 0 {
		l := r.Latency[0].MedianMS / r.Latency[1].MedianMS
		r.Ratio = &report.Ratio{Latency: &l}
	}
	return r, err
}

// timeModels times the candidates, and their peers if there are any, and adds the results to r.
func timeModels(ctx context.Context, r *report.Report, paths []string, candidates []runtime.Candidate, o BenchOptions) error {
	first := candidates[0].Session
	r.Machine = latency.Machine(first)
	var p *peer.Peers
	if o.Peer != "" {
		var err error
		if p, err = peer.Start(ctx, o.Peer, paths, candidates[0].Feeds, first.Threads()); err != nil {
			return err
		}
		defer p.Close()
	}
	ls, err := runtime.Time(ctx, slices.Concat(candidates, p.Candidates()), o.Runs, benchLimit)
	if err != nil {
		return err
	}
	for i, path := range paths {
		l := latency.Report(path, ls[i], candidates[i].Session)
		if o.Nodes {
			if l.Nodes, err = latency.Nodes(ctx, candidates[i], o.Runs); err != nil {
				return err
			}
		}
		r.Latency = append(r.Latency, l)
	}
	if p == nil {
		return nil
	}
	return p.Reports(ctx, o.Self, paths, candidates, r.Latency, ls[len(paths):])
}

func benchFeeds(m *graph.Model, load func(*graph.Model) (*dataset.Data, error), batch int, c Config) (map[string]*graph.Tensor, error) {
	if load == nil {
		return samples.Synthetic(m, c.Dims, batch, c.Seed)
	}
	d, err := load(m)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return dataset.ReadRange(d.Samples, 0, batch)
}
