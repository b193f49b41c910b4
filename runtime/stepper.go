package runtime

import (
	"context"
	"iter"
	goruntime "runtime"

	"github.com/pollard-dev/pollard/graph"
)

// Stepper computes a model a few nodes at a time, for passes that walk through a model and change
// it on the way.
type Stepper struct{ threads int }

// NewStepper returns a stepper that computes on the given number of threads; 0 means GOMAXPROCS.
func NewStepper(threads int) *Stepper {
	if threads <= 0 {
		threads = goruntime.GOMAXPROCS(0)
	}
	return &Stepper{threads}
}

// Step computes nodes of m, as they are now and in the order of m's graph, for each of the batches,
// one after the other. It reads the values that the nodes neither compute nor have as constants from
// a batch, and adds the wanted values to it before it asks for the next. Values of half precision may
// be float32 tensors in a batch.
func (s *Stepper) Step(ctx context.Context, m *graph.Model, nodes []*graph.Node, wanted []*graph.Value, batches iter.Seq2[map[*graph.Value]*graph.Tensor, error]) error {
	part, copies, err := m.Part(nodes, wanted)
	if err != nil {
		return err
	}
	for v, c := range copies { // halves stay in float32 from step to step
		if v.Type.DType.IsHalf() && c.Const == nil {
			c.Type.DType = v.Type.DType
		}
	}
	session, err := Compile(part, Options{Threads: s.threads, floats: true})
	if err != nil {
		return err
	}
	read := map[*graph.Value]*graph.Value{} // by copy
	for v, c := range copies {
		if c.Graph() == part.Graph && c.IsInput() {
			read[c] = v
		}
	}
	for batch, err := range batches {
		if err != nil {
			return err
		}
		feeds := make(map[string]*graph.Tensor, len(read))
		for c, v := range read {
			feeds[c.Name] = batch[v]
		}
		out, err := session.Run(ctx, feeds)
		if err != nil {
			return err
		}
		for _, v := range wanted {
			batch[v] = out[v.Name]
		}
	}
	return nil
}
