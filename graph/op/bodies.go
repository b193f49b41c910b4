package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Passed is a tensor that enters or leaves a subgraph: Inside is what the subgraph calls it, Outside what the graph around
// does. Position i of an axis of one is position i of the same axis of the other, but for axis Along of Outside, of which
// the subgraph sees one position at a time; -1 if it sees all of them.
type Passed struct {
	Inside, Outside *graph.Value
	Along           int
}

// Passes lists what enters and leaves the subgraphs of n: of an If what its branches return, of a Loop and a Scan what they
// carry from one round to the next, take apart and stack. It fails for operators whose subgraphs it does not know, and for
// nodes of which not every subgraph is certain to run, since their types are then those of the other one.
func Passes(n *graph.Node) ([]Passed, error) {
	if d := Lookup(n); d == nil || n.Domain != "" {
		return nil, fmt.Errorf("what operator %s passes to a subgraph is not known", n.OpName())
	}
	switch {
	case n.Op == "If":
		return passesIf(n)
	case n.Op == "Loop":
		return passesLoop(n)
	case n.Op == "Scan" && n.Version > 8:
		return passesScan(n)
	}
	return nil, fmt.Errorf("what operator %s passes to a subgraph is not known", n.OpName())
}

func passesIf(n *graph.Node) ([]Passed, error) {
	then, other, err := branches(n)
	if err != nil {
		return nil, err
	}
	var all []Passed
	for _, g := range []*graph.Graph{then, other} {
		if _, err := inferSubgraph(g); err != nil {
			return nil, fmt.Errorf("one of its branches cannot run: %w", err)
		}
		for i, v := range n.Outputs() {
			if v != nil {
				all = append(all, Passed{g.Outputs[i], v, -1})
			}
		}
	}
	return all, nil
}

func passesLoop(n *graph.Node) ([]Passed, error) {
	body, carried, err := loopOf(n)
	if err != nil {
		return nil, err
	}
	var all []Passed
	for i := range carried {
		all = append(all, state(body, n.In(2+i), n.Out(i), 2+i, 1+i)...)
	}
	for i := carried; i < len(body.Outputs)-1; i++ {
		if v := n.Out(i); v != nil {
			all = append(all, Passed{body.Outputs[1+i], v, 0})
		}
	}
	return all, nil
}

// state is what a body reads as input at and computes as output from: before the first round it is first, and after the
// last one it is last, which nobody may read.
func state(body *graph.Graph, first, last *graph.Value, at, from int) []Passed {
	all := []Passed{{body.Inputs[at], first, -1}, {body.Outputs[from], first, -1}}
	if last != nil {
		all = append(all, Passed{body.Outputs[from], last, -1})
	}
	return all
}

func passesScan(n *graph.Node) ([]Passed, error) {
	s, err := scanOf(n)
	if err != nil {
		return nil, err
	}
	if slices.Contains(n.Inputs(), nil) {
		return nil, fmt.Errorf("an initial value or a scan input is missing")
	}
	var all []Passed
	for i := range s.state {
		all = append(all, state(s.body, n.In(i), n.Out(i), i, i)...)
	}
	for i := range s.inputs {
		v := n.In(s.state + i)
		axis, err := normalAxis(s.inAxes[i], len(v.Type.Shape))
		if err != nil {
			return nil, fmt.Errorf("scan_input_axes: %w", err)
		}
		all = append(all, Passed{s.body.Inputs[s.state+i], v, axis})
	}
	for i := range s.scanCount {
		v := n.Out(s.state + i)
		if v == nil {
			continue
		}
		axis, err := normalAxis(s.outAxes[i], len(v.Type.Shape))
		if err != nil {
			return nil, fmt.Errorf("scan_output_axes: %w", err)
		}
		all = append(all, Passed{s.body.Outputs[s.state+i], v, axis})
	}
	return all, nil
}
