package runtime

import (
	"context"
	goruntime "runtime"

	"github.com/pollard-dev/pollard/graph"
)

// Stepper computes a model a few nodes at a time: what a pass asks for when it walks through a model and changes it on the way.
type Stepper struct{ threads int }

// NewStepper makes a stepper that computes on so many threads; 0 is GOMAXPROCS.
func NewStepper(threads int) *Stepper {
	if threads <= 0 {
		threads = goruntime.GOMAXPROCS(0)
	}
	return &Stepper{threads}
}

// Step computes nodes of m, as they are now and in the order of m's graph, for each of the batches: it reads from a batch what the nodes
// do not compute themselves and is no constant, and adds what is wanted to it.
func (s *Stepper) Step(ctx context.Context, m *graph.Model, nodes []*graph.Node, wanted []*graph.Value, batches []map[*graph.Value]*graph.Tensor) error {
	part, copies, err := m.Part(nodes, wanted)
	if err != nil {
		return err
	}
	session, err := Compile(part, Options{Threads: s.threads})
	if err != nil {
		return err
	}
	read := map[*graph.Value]*graph.Value{} // by copy
	for v, c := range copies {
		if c.Graph() == part.Graph && c.IsInput() {
			read[c] = v
		}
	}
	for _, batch := range batches {
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
