package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// Infer sets the types of n's outputs from those of its inputs. What inference cannot tell is taken from the outputs'
// present types, as the file declared them; for an unknown operator that is everything. The error names n.
func Infer(n *graph.Node) error {
	d := Lookup(n)
	if d == nil {
		return nil
	}
	if err := d.Check(n); err != nil {
		if d.complete(n) == nil && !Ranked(n) { // along which axis it broadcasts, say, cannot be told yet; whoever runs it checks again
			return nil
		}
		return fmt.Errorf("node %s: %w", n.Label(), err)
	}
	types, err := d.Infer(n)
	if err == nil && d.Control == nil { // what a subgraph computes may depend on what it captures
		err = holdConstant(n, types)
	}
	if err != nil {
		if !Ranked(n) { // what seems wrong may be what an operator that nobody knows hides
			return nil
		}
		return fmt.Errorf("node %s: %w", n.Label(), err)
	}
	for i, v := range n.Outputs() {
		if v != nil && i < len(types) {
			v.Type = merge(types[i], v.Type)
		}
	}
	return nil
}

// Ranked reports whether the rank of every tensor that n reads is known. It is not where an unknown
// operator computes one and the file does not declare its shape. Definitions are asked about nodes
// that have ranks only: elsewhere they know nothing, and what they report is no mistake.
func Ranked(n *graph.Node) bool {
	for _, v := range n.Inputs() {
		if v != nil && v.Type.Shape == nil && v.Type.DType != graph.Sequence {
			return false
		}
	}
	return true
}

// InferGraph sets the types of every value of g, in order. An inferred type overrides a declared one that contradicts
// it.
func InferGraph(g *graph.Graph) error {
	for _, n := range g.Nodes {
		if err := Infer(n); err != nil {
			return err
		}
	}
	return nil
}

// merge completes an inferred type by the declared one if they do not contradict each other.
func merge(inferred, declared graph.Type) graph.Type {
	if inferred.DType == graph.Undefined {
		inferred.DType = declared.DType
	}
	if inferred.DType == graph.Sequence {
		if inferred.Item == nil {
			inferred.Item = declared.Item
		} else if declared.Item != nil {
			item := merge(*inferred.Item, *declared.Item)
			inferred.Item = &item
		}
	}
	if inferred.Shape == nil {
		inferred.Shape = declared.Shape
		return inferred
	}
	if len(declared.Shape) != len(inferred.Shape) {
		return inferred
	}
	shape := inferred.Shape.Clone()
	for i, d := range shape {
		if !d.Named() {
			shape[i] = declared.Shape[i]
		}
	}
	inferred.Shape = shape
	return inferred
}
