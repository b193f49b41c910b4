package graph

import (
	"fmt"
	"slices"
)

// Rejoin returns a copy of part, to which rest is added: nodes of m that are not among those part was made of, in the
// order of m's graph. part may have been changed since; only its inputs and outputs still have the names that they have
// in m. What rest reads of it must be among them, or constant in m, and what rest computes must be inputs of part, or
// nothing of it. The result has m's inputs, as far as part has not made constants of them, m's outputs and m's metadata.
func (m *Model) Rejoin(part *Model, rest []*Node) (*Model, error) {
	c, _ := part.Clone()
	c.Metadata, c.Functions = m.Metadata, m.Functions
	j := &joint{m: m, g: c.Graph, copies: map[*Value]*Value{}}
	j.g.Name, j.g.Extra = m.Graph.Name, m.Graph.Extra
	j.makeRoom(rest)
	for _, n := range rest {
		if err := j.add(n); err != nil {
			return nil, fmt.Errorf("node %s: %w", n.Label(), err)
		}
	}
	var inputs, outputs []*Value
	for _, v := range m.Graph.Inputs {
		w := j.copies[v]
		if w == nil {
			if w = j.g.values[v.Name]; w == nil {
				w = j.copy(v)
			}
		}
		if v.Const == nil || w.IsInput() || part.Graph.values[v.Name] == nil {
			inputs = append(inputs, w)
		}
	}
	for _, v := range m.Graph.Outputs {
		w := j.copies[v]
		if w == nil {
			w = j.g.values[v.Name]
		}
		if w == nil {
			return nil, fmt.Errorf("output %q: nothing computes it", v.Name)
		}
		outputs = append(outputs, w)
	}
	j.g.Inputs, j.g.Outputs = inputs, outputs
	return c, j.g.Sort()
}

// joint is a Rejoin under way.
type joint struct {
	m      *Model
	g      *Graph
	copies map[*Value]*Value // of m's values, by those that rest reads and computes
}

// makeRoom renames values of the part that have names of rest's own. Constants that have not changed are shared.
func (j *joint) makeRoom(rest []*Node) {
	for _, n := range rest {
		for _, v := range append(n.Reads()[:len(n.Reads()):len(n.Reads())], n.outputs...) {
			if v == nil {
				continue
			}
			w := j.g.values[v.Name]
			if w == nil || w.IsInput() || w.IsOutput() || v.Const != nil && w.Const == v.Const {
				continue
			}
			delete(j.g.values, w.Name)
			w.Name = j.g.freshBeside(j.m.Graph, w.Name+"_0").Name
			j.g.values[w.Name] = w
		}
	}
}

// add adds a copy of n.
func (j *joint) add(n *Node) error {
	for _, v := range n.Reads() {
		if v == nil || j.copies[v] != nil {
			continue
		}
		w := j.g.values[v.Name]
		switch {
		case w != nil: // makeRoom renamed what is something else
			j.copies[v] = w
		case v.def == nil:
			j.copy(v)
		default:
			return fmt.Errorf("value %q is not there", v.Name)
		}
	}
	for _, v := range n.outputs {
		if v == nil {
			continue
		}
		w := j.g.values[v.Name]
		if w == nil {
			j.copy(v)
			continue
		}
		if w.def != nil || w.Const != nil {
			return fmt.Errorf("value %q is computed twice", v.Name)
		}
		j.g.Inputs = slices.DeleteFunc(j.g.Inputs, func(x *Value) bool { return x == w })
		j.copies[v] = w
	}
	n.copyTo(j.g, j.copies)
	return nil
}

// copy adds a value like v, an input, a constant or what a node is about to compute.
func (j *joint) copy(v *Value) *Value {
	w := &Value{Name: v.Name, Type: v.Type.clone(), Extra: v.Extra, graph: j.g}
	j.g.values[w.Name] = w
	j.copies[v] = w
	if v.Const != nil {
		j.g.SetConst(w, v.Const)
	}
	return w
}
