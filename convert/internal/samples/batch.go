package samples

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
)

// DefaultBatch is the number of samples run at a time when the model takes any number.
const DefaultBatch = 64

// BatchSize is the number of samples that a model is run on at a time.
type BatchSize struct {
	Size  int
	Fixed bool // the model was exported for this size and takes no other
}

// Step returns the number that a count of samples must be a multiple of to fill whole batches.
func (b BatchSize) Step() int {
	if b.Fixed {
		return b.Size
	}
	return 1
}

// Floor returns the largest count of samples up to n that the model can be run on.
func (b BatchSize) Floor(n int) int { return n / b.Step() * b.Step() }

// BatchOf returns the batch size of m: the one it was exported for, or else DefaultBatch. Of inputs
// that are dataset.Apart a run takes one set.
func BatchOf(m *graph.Model) BatchSize {
	if dataset.Apart(m.Graph.Inputs) {
		return BatchSize{1, true}
	}
	for _, v := range m.Graph.Inputs {
		if v.Const == nil && len(v.Type.Shape) > 0 {
			if n, known := v.Type.Shape[0].Value(); known && n > 0 {
				return BatchSize{n, true}
			}
		}
	}
	return BatchSize{DefaultBatch, false}
}

// First returns the first few samples of data, or some from the middle of calls with states: as many as m
// was exported for, if that is fixed, else ProofSamples.
func First(data dataset.Source, m *graph.Model) (map[string]*graph.Tensor, error) {
	n, batch := data.Count(), BatchOf(m)
	want := batch.Size
	if !batch.Fixed {
		want = min(n, ProofSamples)
	}
	if n < want {
		return nil, fmt.Errorf("want %d samples, have %d", want, n)
	}
	from := 0
	if c, is := data.(*Carried); is {
		from = (c.Count() - want) / 2 // where there is a state other than zero
	}
	return dataset.ReadRange(data, from, from+want)
}

// FirstIfAny returns what First does, or nil if there are too few samples for the batch of m. Samples
// that cannot be read are an error.
func FirstIfAny(data dataset.Source, m *graph.Model) (map[string]*graph.Tensor, error) {
	feeds, err := First(data, m)
	var broken *dataset.ReadError
	if errors.As(err, &broken) {
		return nil, err
	}
	return feeds, nil
}

// LiveBytes returns the peak size of the live values of m for one sample, or 0 if it is not known.
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
	return most / int64(BatchOf(m).Step()) // Bind set a batch that is not fixed to one
}

// HeldBytes returns, for each number of nodes of m that have run, the bytes of one sample that a walk
// from node to node holds then: the values that later nodes read, the outputs, and what the last
// node reads and computes. It returns nil if shapes are not known.
func HeldBytes(m *graph.Model, dims map[string]int) []int64 {
	c, _ := m.Clone()
	g := c.Graph
	budget.Bind(g, dims)
	if err := op.InferGraph(g); err != nil {
		return nil
	}
	last := map[*graph.Value]int{} // the last node that reads a value
	for i, n := range g.Nodes {
		for _, v := range n.Reads() {
			if v != nil {
				last[v] = i
			}
		}
	}
	held := make([]int64, len(g.Nodes)+1)
	step := int64(BatchOf(m).Step()) // Bind set a batch that is not fixed to one
	hold := func(v *graph.Value, from int) bool {
		n, known := v.Type.Shape.Elems().Int64()
		if v.Const != nil {
			return true
		}
		if !known || v.Type.Shape == nil {
			return false
		}
		until := last[v] + 1 // the number of nodes that have run when the last reader just has
		if until < from {
			until = from
		}
		if v.IsOutput() {
			until = len(g.Nodes)
		}
		bytes := (n*int64(v.Type.DType.Bits()) + 8*step - 1) / (8 * step)
		for i := from; i <= until; i++ {
			held[i] += bytes
		}
		return true
	}
	for _, v := range g.Inputs {
		if !hold(v, 0) {
			return nil
		}
	}
	for i, n := range g.Nodes {
		for _, v := range n.Outputs() {
			if v != nil && !hold(v, i+1) {
				return nil
			}
		}
	}
	return held
}

// SyntheticCount is the number of inputs made up when there is no data.
const SyntheticCount = 256

// ProofSamples is the most samples that a proof runs on when the first axis of the inputs is
// symbolic.
const ProofSamples = 4
