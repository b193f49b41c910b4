package reference

import (
	"context"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Outputs is what a model computes on some batches, to compare with what models made of it compute.
type Outputs struct {
	Feeds   []map[string]*graph.Tensor
	Want    []map[string]*graph.Tensor
	outputs []*graph.Value
	threads int
}

// New runs m on the batches, on so many threads.
func New(ctx context.Context, m *graph.Model, feeds []map[string]*graph.Tensor, threads int) (*Outputs, error) {
	o := &Outputs{Feeds: feeds, outputs: m.Graph.Outputs, threads: threads}
	var err error
	o.Want, err = o.Run(ctx, m)
	return o, err
}

// Run computes the outputs of m on the batches.
func (o *Outputs) Run(ctx context.Context, m *graph.Model) ([]map[string]*graph.Tensor, error) {
	s, err := runtime.Compile(m, runtime.Options{Threads: o.threads})
	if err != nil {
		return nil, err
	}
	var all []map[string]*graph.Tensor
	for _, f := range o.Feeds {
		out, err := s.Run(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, out)
	}
	return all, nil
}

// Apart is the energy of the difference to the reference's outputs, that of each output as a fraction of its own variance.
func (o *Outputs) Apart(have []map[string]*graph.Tensor) float64 {
	total := 0.0
	for _, v := range o.outputs {
		apart, sum, square, n := 0.0, 0.0, 0.0, 0.0
		for b := range o.Want {
			x, y := o.Want[b][v.Name], have[b][v.Name]
			if !x.DType().IsFloat() || !slices.Equal(x.Shape(), y.Shape()) {
				continue
			}
			w, _ := graph.Floats(x)
			h, _ := graph.Floats(y)
			for i := range w {
				apart += (w[i] - h[i]) * (w[i] - h[i])
				sum += w[i]
				square += w[i] * w[i]
				n++
			}
		}
		if variance := square - sum*sum/max(1, n); variance > 0 {
			total += apart / variance
		}
	}
	return total
}

// curveWork bounds the multiply-accumulates of all measurements of errors at the outputs, and FewestSamples is how many samples they take at least.
const (
	curveWork = 4e11
	Fewest    = 16
)

// Samples is how many samples so many runs of macs multiply-accumulates a sample can have.
func Samples(macs int64, runs int) int {
	return FloorInt(curveWork / (float64(max(1, macs)) * float64(max(1, runs))))
}

// FloorInt is x rounded down, or as much of it as an int of any machine holds: a bound that work or memory puts on a number of samples.
func FloorInt(x float64) int { return int(min(x, math.MaxInt32)) }

// Batches are the first samples of data in batches of so many.
func Batches(data map[string]*graph.Tensor, samples, size int) ([]map[string]*graph.Tensor, error) {
	var feeds []map[string]*graph.Tensor
	for from := 0; from < samples; from += size {
		b, err := dataset.Subset(data, from, min(samples, from+size))
		if err != nil {
			return nil, err
		}
		feeds = append(feeds, b)
	}
	return feeds, nil
}
