package convert

import (
	"context"
	"fmt"
	"io"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/prepare"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Calibration is the input of Calibrate.
type Calibration struct {
	In, Out string
	// Data is a file of samples, read batch by batch with the given Options; empty for made-up
	// inputs.
	Data    string
	Options dataset.Options
	// Load, if set, opens Data in place of dataset.OpenData.
	Load func(*graph.Model) (*dataset.Data, error)
	// Criteria lists the criteria whose statistics are collected.
	Criteria []string
	// Samples bounds the number of samples in all shards: the first of the data. 0 means all or,
	// for made-up inputs, as many as Prune uses.
	Samples int
	// Shard is the part to read; the zero Shard means all.
	Shard dataset.Shard
	// Config supplies the Seed, Dims, Threads and Progress; nothing else of it is used.
	Config Config
	// Ready is as in Job.
	Ready func(*report.Report) error
}

// Calibrate collects statistics of the model at In and writes them to Out, an .npz file that Prune
// reads as Job.Statistics and that MergeStatistics merges.
func Calibrate(ctx context.Context, j Calibration) (_ *report.Report, err error) {
	r := report.New("calibrate")
	if _, err := stage.LookupEffort(j.Config.Effort); err != nil {
		return nil, err
	}
	if err := output.Check(j.In, j.Out); err != nil {
		return nil, err
	}
	if j.Data != "" {
		if err := output.Check(j.Data, j.Out); err != nil {
			return nil, err
		}
	}
	file, err := onnx.Read(j.In)
	if err != nil {
		return nil, err
	}
	defer file.Done(&err)
	if err := canonical.CheckWeights(file.Model); err != nil {
		return nil, fmt.Errorf("%s: %w", j.In, err)
	}
	weights := onnx.External(file.Model)
	if err := output.CheckExternal(weights, j.Out); err != nil {
		return nil, err
	}
	if err := samples.CheckDims(file.Model, j.Config.Dims); err != nil {
		return nil, err
	}
	j.Config.Dims = samples.Extents(file.Model, j.Config.Dims)
	if r.Original, err = figures.Of(j.In, file.Model, weights, j.Config.Dims); err != nil {
		return nil, err
	}
	h := calibrate.Header{Schema: calibrate.Schema, Recipe: calibrate.Recipe{Criteria: j.Criteria, Source: "synthetic", Seed: j.Config.Seed, Dims: j.Config.Dims}}
	if j.Data != "" { // seed and extents matter only for made-up inputs
		h.Recipe = calibrate.Recipe{Criteria: j.Criteria, Source: "data"}
	}
	if h.Model, err = figures.Digest(j.In, weights); err != nil {
		return nil, err
	}
	set, err := j.collect(ctx, file.Model, &h, r)
	if err != nil {
		return nil, err
	}
	if err := file.Unchanged(); err != nil {
		return nil, err
	}
	return r, j.write(ctx, h, set, r)
}

// collect runs the model and records in the header what it was run on.
func (j *Calibration) collect(ctx context.Context, m *graph.Model, h *calibrate.Header, r *report.Report) (set *statistics.Set, err error) {
	t := stage.Timings(r.Timings)
	f, done, err := j.open(m, h, r)
	if err != nil {
		return nil, err
	}
	defer done()
	if h.Shard = j.Shard; h.Shard.Of == 0 {
		h.Shard = dataset.Whole()
	}
	var simplified *graph.Model
	var a *group.Analysis
	err = t.Time("simplify", func() (err error) {
		j.Config.settings().Report("simplify", 0, 0)
		simplified, a, _, err = prepare.Model(ctx, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.In, err)
	}
	if len(a.Groups) == 0 {
		return nil, &stage.Gate{Reason: "nothing to collect, because nothing can be removed: the model has no free group; inspect says what pins each axis"}
	}
	wanted, err := j.wanted(a, simplified)
	if err != nil {
		return nil, err
	}
	err = t.Time("calibrate", func() (err error) {
		set, h.Total, err = calibrate.Collect(ctx, simplified, f, h.Shard, wanted, j.Config.settings())
		return err
	})
	if err != nil {
		return nil, stage.Plain(fmt.Errorf("%s: %w", j.In, err))
	}
	h.Samples = set.Samples
	return set, nil
}

// open opens the source of the inputs, which done closes. Of a data file it reads only the headers.
func (j *Calibration) open(m *graph.Model, h *calibrate.Header, r *report.Report) (f samples.Stream, done func() error, err error) {
	if j.Samples < 0 {
		return f, nil, fmt.Errorf("samples: want 0 or more, have %d", j.Samples)
	}
	if j.Data == "" {
		count := j.Samples
		if count == 0 {
			count = samples.SyntheticCount
		}
		if f, err = samples.SyntheticStream(m, j.Config.Dims, count, j.Config.Seed); err != nil {
			return f, nil, fmt.Errorf("%s: %w", j.In, err)
		}
		return f, func() error { return nil }, nil
	}
	load := j.Load
	if load == nil {
		load = func(m *graph.Model) (*dataset.Data, error) {
			return dataset.OpenSamples(j.Data, j.Options, m.Graph.Inputs)
		}
	}
	d, err := load(m)
	if err != nil {
		return f, nil, err
	}
	if h.Preparation, err = calibrate.Prepared(d); err != nil {
		d.Close()
		return f, nil, err
	}
	samples.Describe(r, "data", d)
	if n := d.Samples.Count(); j.Samples > n {
		d.Close()
		return f, nil, fmt.Errorf("%s: want %d samples, have %d", j.Data, j.Samples, n)
	}
	f = samples.FromSource(d.Samples)
	if j.Samples > 0 {
		f.Samples = j.Samples
	}
	return f, d.Close, nil
}

// wanted returns the statistics that the criteria need together.
func (j *Calibration) wanted(a *group.Analysis, m *graph.Model) (statistics.Request, error) {
	var criteria []saliency.Criterion
	for _, name := range j.Criteria {
		c, err := saliency.Lookup(name)
		if err != nil {
			return statistics.Request{}, err
		}
		if !c.NeedsData {
			return statistics.Request{}, fmt.Errorf("criterion %s looks at weights only: there is nothing to collect for it", name)
		}
		criteria = append(criteria, c)
	}
	return calibrate.Wanted(a, m, criteria...), nil
}

// write writes the statistics file and describes it in the report.
func (j *Calibration) write(ctx context.Context, h calibrate.Header, set *statistics.Set, r *report.Report) error {
	folder, err := staging.Beside(j.Out)
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", j.Out, staging.Pathless(err))
	}
	defer folder.Discard()
	const name = "statistics"
	err = stage.Timings(r.Timings).Time("write", func() error {
		j.Config.settings().Report("write", 0, 0)
		return folder.Write(name, j.Out, func(w io.Writer) error { return calibrate.Write(ctx, w, h, set) })
	})
	if err != nil {
		return fmt.Errorf("%s: %w", j.Out, err)
	}
	r.Calibration = &report.Calibration{Source: h.Source, Samples: h.Samples, Shard: &h.Shard}
	if r.Statistics, err = calibrate.Report(folder.Path(name), h, set); err != nil {
		return err
	}
	r.Statistics.Path = j.Out
	if j.Ready != nil {
		if err := j.Ready(r); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := folder.Place(staging.Move{Name: name, Target: j.Out}); err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	return nil
}
