package convert

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// LatencyReport is how long one model takes.
type LatencyReport struct {
	Path string `json:"path"`
	Times
	Memory    MemoryReport     `json:"memory"`
	Operators []OperatorReport `json:"operators"`
	// Sparse lists the nodes whose weights are zero in part, and how each is computed.
	Sparse []SparseChoiceReport `json:"sparse,omitempty"`
	// Efficiency is what leaving zeros out brings on this machine, and what a model of it says.
	Efficiency *EfficiencyReport `json:"efficiency,omitempty"`
	// Nodes is the same node by node, where that was asked for.
	Nodes []NodeReport `json:"nodes,omitempty"`
	// Peer is another runtime on the same model.
	Peer *PeerReport `json:"peer,omitempty"`
}

// Times is how long one run takes, over so many runs.
type Times struct {
	MedianMS float64 `json:"median_ms"`
	MinMS    float64 `json:"min_ms"`
	P90MS    float64 `json:"p90_ms"`
	P95MS    float64 `json:"p95_ms"`
	Spread   float64 `json:"spread"` // interquartile range as a fraction of the median
	Runs     int     `json:"runs"`
}

// MemoryReport is what a session holds besides the model, in bytes.
type MemoryReport struct {
	Activations int64 `json:"activations"` // planned for the values of one run; 0 where extents are not known before it
	Scratch     int64 `json:"scratch"`     // that kernels need beside them
	Weights     int64 `json:"weights"`     // constants in the form that kernels read them in
}

// OperatorReport is the time of all nodes of one operator in one run, each with those that are computed together with it.
type OperatorReport struct {
	Operator string  `json:"operator"`
	Nodes    int     `json:"nodes"`
	MS       float64 `json:"ms"`
	Share    float64 `json:"share"` // of the time of all nodes
	// MACs, and GFLOP/s with the part that they are of the machine's peak, of operators that multiply and accumulate; absent for others, and
	// where extents are not known before a run.
	MACs   int64   `json:"macs,omitempty"`
	GFLOPS float64 `json:"gflops,omitempty"`
	OfPeak float64 `json:"of_peak,omitempty"`
}

// MachineReport is what was measured of the machine that models were timed on.
type MachineReport struct {
	Threads int `json:"threads"`
	// PeakGFLOPS is what these threads can do at most: additions and multiplications of float32 in registers.
	PeakGFLOPS float64 `json:"peak_gflops"`
}

// latencyRuns and latencyLimit bound how long prune times both models: a small one takes a tenth of a millisecond, of which
// it needs many runs for a median that stays.
const (
	latencyRuns  = 500
	latencyLimit = 3 * time.Second
)

// latencies fills in the latency of original and pruned on one made-up sample.
func (p *pruning) latencies(ctx context.Context) error {
	r, c := p.report, &p.Config
	feeds, err := Synthetic(p.original, c.Dims, 1, c.Seed)
	if err != nil {
		return err
	}
	candidates, err := sessions([]*graph.Model{p.original, p.result.Cut}, feeds, runtime.Options{Threads: c.Threads, Sparse: runtime.SparseFastest})
	if err != nil {
		return err
	}
	ls, err := runtime.Time(ctx, candidates, latencyRuns, latencyLimit)
	if err != nil {
		return err
	}
	a, b := milli(ls[0].Median), milli(ls[1].Median)
	r.Original.LatencyMS, r.Pruned.LatencyMS = &a, &b
	r.Machine = machineReport(candidates[0].Session)
	for i, path := range []string{p.In, p.Out} {
		r.Latency = append(r.Latency, latencyReport(path, ls[i], candidates[i].Session))
	}
	return nil
}

// sessions compiles the models, to be run on the same feeds.
func sessions(models []*graph.Model, feeds map[string]*graph.Tensor, opt runtime.Options) ([]runtime.Candidate, error) {
	var candidates []runtime.Candidate
	for _, m := range models {
		s, err := runtime.Compile(m, opt)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, runtime.Candidate{Session: s, Feeds: feeds})
	}
	return candidates, nil
}

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// benchLimit bounds the time Bench spends; after it the runs so far count.
const benchLimit = 2 * time.Minute

// BenchOptions says how models are timed.
type BenchOptions struct {
	Batch int // samples at a time
	Runs  int // of each model
	// Nodes says where the time goes node by node too.
	Nodes bool
	// Sparse says how nodes are computed whose weights are zero in part.
	Sparse runtime.Sparse
	// Fit fits a model of the machine to what zeros bring, and holds it against the models.
	Fit bool
	// Peer is a program that runs another runtime to compare with, in turn and on the same inputs, as fixtures/peers/serve.go
	// describes; empty for none. Self is one that runs Serve, to tell what memory ours takes; empty leaves that unknown.
	Peer, Self string
}

// Bench times one or more models in turn on the same inputs: a batch of the data, or made up where load is nil.
func Bench(ctx context.Context, paths []string, load func(*graph.Model) (*Data, error), o BenchOptions, c Config) (_ *Report, err error) {
	if o.Batch < 1 {
		return nil, fmt.Errorf("batch: want a positive number, have %d", o.Batch)
	}
	r := NewReport("bench")
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
	feeds, err := benchFeeds(models[0], load, o.Batch, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", paths[0], err)
	}
	candidates, err := sessions(models, feeds, runtime.Options{Threads: c.Threads, Sparse: o.Sparse})
	if err != nil {
		return nil, err
	}
	err = staged(r.Timings, "bench", func() error {
		c.progress("bench", 0, 0)
		return r.time(ctx, paths, candidates, o)
	})
	if err == nil && o.Fit {
		err = staged(r.Timings, "fit", func() error { return r.fit(ctx, paths, models, feeds, o, &c) })
	}
	if len(r.Latency) == 2 && r.Latency[1].MedianMS > 0 {
		l := r.Latency[0].MedianMS / r.Latency[1].MedianMS
		r.Ratio = &Ratio{Latency: &l}
	}
	return r, err
}

// time times the candidates, and their peers where there are to be some, into r.
func (r *Report) time(ctx context.Context, paths []string, candidates []runtime.Candidate, o BenchOptions) error {
	first := candidates[0].Session
	r.Machine = machineReport(first)
	var p *peers
	if o.Peer != "" {
		var err error
		if p, err = startPeers(ctx, o.Peer, paths, candidates[0].Feeds, first.Threads()); err != nil {
			return err
		}
		defer p.close()
	}
	ls, err := runtime.Time(ctx, slices.Concat(candidates, p.candidates()), o.Runs, benchLimit)
	if err != nil {
		return err
	}
	for i, path := range paths {
		l := latencyReport(path, ls[i], candidates[i].Session)
		if o.Nodes {
			if l.Nodes, err = nodeReports(ctx, candidates[i], o.Runs); err != nil {
				return err
			}
		}
		r.Latency = append(r.Latency, l)
	}
	if p == nil {
		return nil
	}
	return p.reports(ctx, o.Self, paths, candidates, r.Latency, ls[len(paths):])
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

func machineReport(s *runtime.Session) *MachineReport {
	return &MachineReport{Threads: s.Threads(), PeakGFLOPS: s.Peak() / 1e9}
}

func timesOf(l runtime.Latency) Times {
	return Times{MedianMS: milli(l.Median), MinMS: milli(l.Min), P90MS: milli(l.P90), P95MS: milli(l.P95), Runs: l.Runs, Spread: spreadOf(l)}
}

func latencyReport(path string, l runtime.Latency, s *runtime.Session) LatencyReport {
	r := LatencyReport{Path: path, Times: timesOf(l), Memory: MemoryReport(s.Memory()), Sparse: sparseChoices(s.Choices())}
	var total time.Duration
	for _, o := range l.Operators {
		total += o.Time
	}
	for _, o := range l.Operators {
		q := OperatorReport{Operator: o.Operator, Nodes: o.Nodes, MS: milli(o.Time), Share: float64(o.Time) / float64(max(1, total)), MACs: o.MACs}
		q.GFLOPS, q.OfPeak = rate(o.MACs, o.Time, s)
		r.Operators = append(r.Operators, q)
	}
	return r
}

// Run computes the outputs of the model at path for all the data that load reads, at once.
func Run(ctx context.Context, path string, load func(*graph.Model) (*Data, error), threads int) (_ map[string]*graph.Tensor, err error) {
	file, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	defer file.Done(&err)
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
