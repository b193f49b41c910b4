package reference

import (
	"context"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/runtime"
)

// Outputs holds the outputs of a model on some batches, for comparison with models made from it.
type Outputs struct {
	Feeds   []map[string]*graph.Tensor
	Want    []map[string]*graph.Tensor
	outputs []*graph.Value
	scales  map[*graph.Value]*passes.OutputScale
}

// New runs m on the batches with the given number of threads.
func New(ctx context.Context, m *graph.Model, feeds []map[string]*graph.Tensor, threads int) (*Outputs, error) {
	o := &Outputs{Feeds: feeds, outputs: m.Graph.Outputs}
	var err error
	if o.Want, err = o.Run(ctx, m, threads); err != nil {
		return nil, err
	}
	o.scales = map[*graph.Value]*passes.OutputScale{}
	for _, v := range m.Graph.Outputs {
		o.scales[v] = o.scaleOf(v)
	}
	return o, nil
}

// Run returns the outputs of m on the batches, computed with the given number of threads.
func (o *Outputs) Run(ctx context.Context, m *graph.Model, threads int) ([]map[string]*graph.Tensor, error) {
	s, err := runtime.Compile(m, runtime.Options{Threads: threads})
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

// Bytes returns the size of the outputs of one model.
func (o *Outputs) Bytes() (bytes int64) {
	for _, outputs := range o.Want {
		for _, t := range outputs {
			bytes += t.Bytes()
		}
	}
	return bytes
}

// Difference returns the energy of the difference from the reference outputs, that of each output as
// its scale says.
func (o *Outputs) Difference(have []map[string]*graph.Tensor) float64 {
	total := 0.0
	for _, v := range o.outputs {
		for b := range o.Want {
			x, y := o.Want[b][v.Name], have[b][v.Name]
			if o.scales[v] == nil || !slices.Equal(x.Shape(), y.Shape()) {
				continue
			}
			w, _ := graph.Floats(x)
			h, _ := graph.Floats(y)
			total += o.scales[v].Error(w, h)
		}
	}
	return total
}

// scaleOf returns the scale of output v; nil if it holds no floating-point numbers that vary.
func (o *Outputs) scaleOf(v *graph.Value) *passes.OutputScale {
	var shapes [][]int
	var want [][]float64
	for _, outputs := range o.Want {
		if !outputs[v.Name].DType().IsFloat() {
			return nil
		}
		x, _ := graph.Floats(outputs[v.Name])
		shapes, want = append(shapes, outputs[v.Name].Shape()[min(1, outputs[v.Name].Rank()):]), append(want, x)
	}
	return passes.NewOutputScale(passes.Variance, v, shapes, want)
}

// curveWork bounds the multiply-accumulates of all measurements of errors at the outputs.
// MinSamples is the fewest samples that such an error is measured on.
const (
	curveWork  = 4e11
	MinSamples = 16
)

// MaxSamples returns the most samples that the given number of runs can have when each sample costs
// macs multiply-accumulates.
func MaxSamples(macs int64, runs int) int {
	return FloorInt(curveWork / (float64(max(1, macs)) * float64(max(1, runs))))
}

// FloorInt rounds x down to an int that every machine can hold. It serves bounds on the number of
// samples that follow from work or memory.
func FloorInt(x float64) int { return int(min(x, math.MaxInt32)) }

// Batches reads the first samples of data in batches of the given size.
func Batches(data dataset.Source, samples, size int) ([]map[string]*graph.Tensor, error) {
	var feeds []map[string]*graph.Tensor
	for from := 0; from < samples; from += size {
		b, err := dataset.ReadRange(data, from, min(samples, from+size))
		if err != nil {
			return nil, err
		}
		feeds = append(feeds, b)
	}
	return feeds, nil
}
