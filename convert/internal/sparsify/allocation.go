package sparsify

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/reference"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// curveDensities are the densities at which the error curve of a node is known, curveMeasured those
// at which the model's outputs are run.
var (
	curveDensities = []float64{1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0.03, 0.02}
	curveMeasured  = []bool{false, false, true, false, true, false, true, false, true, false, true}
)

// sparseCurveSamples is the most samples that outputs are run on.
const sparseCurveSamples = 256

// allocate distributes the remaining weights over the nodes so that the sum of their errors is
// least.
func (t *sparsifier) allocate(ctx context.Context, in recovery.Input, s recovery.Sparse) error {
	try, err := t.outputs(ctx, in)
	if err != nil {
		return err
	}
	in.Progress = func(done, total int) { t.settings.Report("error curves", done, total) }
	curves, err := recovery.Curves(ctx, in, s, curveDensities, curveMeasured, try)
	if err != nil {
		return err
	}
	var names []string
	var known []sparsity.Curve
	all, rest := 0, 0
	for _, l := range t.nodes {
		name := l.Node.Title()
		n := l.Groups * l.Outs * l.Cols
		all += n
		if c, ok := curves[name]; ok {
			names, known = append(names, name), append(known, c)
		} else {
			rest += n // nothing is known of them: they keep the overall share
		}
	}
	if all == rest {
		return nil
	}
	for i, d := range sparsity.Allocate(known, 1-t.result.Wanted) {
		t.density[names[i]] = d
	}
	t.result.Allocation = AllocateError
	return nil
}

// outputs returns a function that tells what other weights of a node do to the model's outputs on
// held-out samples: the energy of the difference, as a fraction of each output's variance. It
// returns nil if too few samples are held out.
func (t *sparsifier) outputs(ctx context.Context, in recovery.Input) (recovery.Try, error) {
	_, macs, _ := figures.Count(t.in.Cut, t.settings.Dims)
	tries := 0
	for _, m := range curveMeasured {
		if m {
			tries += len(t.nodes)
		}
	}
	some, samples, err := t.heldOut(in, max(reference.MinSamples, min(sparseCurveSamples, reference.MaxSamples(macs, tries))))
	if err != nil || samples < reference.MinSamples {
		return nil, err
	}
	c, _ := t.in.Cut.Clone()
	o, err := reference.New(ctx, c, some, t.settings.Threads)
	if err != nil {
		return nil, err
	}
	return func(l *linear.Map, weights, bias []float64) (float64, error) {
		at := slices.Index(l.Node.Graph().Nodes, l.Node)
		other := linear.Of(c.Graph.Nodes[at])
		oldWeights, oldBias := other.Weights(), other.Bias()
		other.Write(weights, bias)
		have, err := o.Run(ctx, c, t.settings.Threads)
		if err != nil {
			return 0, err
		}
		other.Write(oldWeights, oldBias)
		return o.Difference(have), nil
	}, nil
}

// heldOut returns some of the samples that no fit learns from, in batches of the size that the
// model takes. If that size is fixed, batches may contain others too.
func (t *sparsifier) heldOut(in recovery.Input, most int) (feeds []map[string]*graph.Tensor, count int, err error) {
	fixed := samples.BatchOf(t.in.Cut).Fixed
	held, first := recovery.HeldOut(in.Feeds), 0
	for b := range in.Feeds.Len() {
		n := in.Feeds.Samples(b)
		var of []int
		for ; len(held) > 0 && held[0] < first+n; held = held[1:] {
			if count < most && !fixed {
				of, count = append(of, held[0]-first), count+1
			}
		}
		first += n
		switch {
		case fixed && count+n > most:
			return feeds, count, nil
		case fixed:
			count += n
		case len(of) == 0:
			continue
		}
		f, err := in.Feeds.Read(b, of)
		if err != nil {
			return nil, 0, err
		}
		feeds = append(feeds, f)
	}
	return feeds, count, nil
}
