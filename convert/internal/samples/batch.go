package samples

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
)

// BatchSize is how many samples are run at a time where the model lets us choose.
const BatchSize = 64

// BatchOf is how many samples m takes at a time: as many as it was exported for, where that is a number.
func BatchOf(m *graph.Model) int {
	for _, v := range m.Graph.Inputs {
		if v.Const == nil && len(v.Type.Shape) > 0 {
			if n, known := v.Type.Shape[0].Value(); known && n > 0 {
				return n
			}
		}
	}
	return BatchSize
}

// First is the first few samples of the feeds: as many as m was exported
// for, where that is a number.
func First(feeds map[string]*graph.Tensor, m *graph.Model) (map[string]*graph.Tensor, error) {
	n, err := dataset.Samples(feeds)
	if err != nil {
		return nil, err
	}
	want := BatchOf(m)
	if want == BatchSize {
		want = min(n, Few)
	}
	if n < want {
		return nil, fmt.Errorf("want %d samples, have %d", want, n)
	}
	return dataset.Subset(feeds, 0, want)
}

// LiveBytes is the most that the values which are still to be read take for one sample, at any
// node; 0 when it is not known.
func LiveBytes(m *graph.Model, dims map[string]int) int64 {
	c, _ := m.Clone()
	g := c.Graph
	budget.Bind(g, dims)
	if err := op.InferGraph(g); err != nil {
		return 0
	}
	bytes := func(v *graph.Value) int64 {
		n, known := v.Type.Shape.Elems().Int64()
		if !known || v.Type.Shape == nil {
			return 0
		}
		return n * int64(v.Type.DType.Bits()) / 8
	}
	reads, now, most := map[*graph.Value]int{}, int64(0), int64(0)
	for _, v := range g.Inputs {
		now += bytes(v)
	}
	for _, n := range g.Nodes {
		for _, v := range n.Outputs() {
			if v != nil {
				now += bytes(v)
			}
		}
		most = max(most, now)
		for _, v := range n.Inputs() {
			if v == nil || v.Const != nil {
				continue
			}
			if reads[v]++; reads[v] == len(v.Uses()) {
				now -= bytes(v)
			}
		}
	}
	batch := BatchOf(m)
	if batch == BatchSize {
		batch = 1 // Bind made it one
	}
	return most / int64(batch)
}

// SyntheticCount is how many inputs are made up where there is no data.
const SyntheticCount = 256

// Few is the most samples that a proof runs on when the inputs' first axis is symbolic.
const Few = 4
