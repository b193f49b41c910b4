package convert

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// curveDensities are where the error curve of a node is known, curveMeasured those of them at which the model's outputs are looked
// at.
var (
	curveDensities = []float64{1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0.03, 0.02}
	curveMeasured  = []bool{false, false, true, false, true, false, true, false, true, false, true}
)

// sparseCurveSamples is the most samples that outputs are looked at on.
const sparseCurveSamples = 256

// allocate distributes the weights that stay over nodes so that the sum of their errors is least.
func (t *thinning) allocate(ctx context.Context, in recovery.Input, s recovery.Sparse) error {
	try, err := t.outputs(ctx, in.Feeds)
	if err != nil {
		return err
	}
	in.Progress = func(done, total int) { t.progress("error curves", done, total) }
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
			rest += n // of which nothing is known: as many go as of all
		}
	}
	if all == rest {
		return nil
	}
	for i, d := range sparsity.Allocate(known, 1-t.Result.Sparsity.Wanted) {
		t.density[names[i]] = d
	}
	t.Result.Sparsity.Allocation = AllocateError
	return nil
}

// outputs is what other weights of a node do to the model's outputs: the energy of the difference, that of each output as a fraction of
// its variance. nil where that would take too long.
func (t *thinning) outputs(ctx context.Context, feeds []map[string]*graph.Tensor) (recovery.Try, error) {
	_, macs, _ := Count(t.Cut, t.Dims)
	tries := 0
	for _, m := range curveMeasured {
		if m {
			tries += len(t.nodes)
		}
	}
	most := min(sparseCurveSamples, int(curveWork/(float64(max(1, macs))*float64(max(1, tries)))))
	var some []map[string]*graph.Tensor
	samples := 0
	for _, f := range feeds {
		n, err := dataset.Samples(f)
		if err != nil {
			return nil, err
		}
		if samples+n > most {
			break
		}
		samples += n
		some = append(some, f)
	}
	if samples < fewestCurveSamples {
		return nil, nil
	}
	c, _ := t.Cut.Clone()
	o := &outputErrors{selection: &selection{Config: t.Config, model: c}, feeds: some}
	var err error
	if o.want, err = o.run(ctx, c); err != nil {
		return nil, err
	}
	return func(l *linear.Map, weights, bias []float64) (float64, error) {
		at := slices.Index(l.Node.Graph().Nodes, l.Node)
		other := linear.Of(c.Graph.Nodes[at])
		oldWeights, oldBias := other.Weights(), other.Bias()
		other.Write(weights, bias)
		have, err := o.run(ctx, c)
		if err != nil {
			return 0, err
		}
		other.Write(oldWeights, oldBias)
		return o.apart(have), nil
	}, nil
}
