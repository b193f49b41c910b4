package graph

import "fmt"

// Part is a model of its own that computes the outputs by some of m's nodes, given in the order of m's graph. What they read of others
// are its inputs, of any type, or constants where it has contents of its own. Values and nodes are copies, tensors are
// shared. The second result maps m's values to their copies.
func (m *Model) Part(nodes []*Node, outputs []*Value) (*Model, map[*Value]*Value, error) {
	c := *m
	c.Metadata = nil
	g := New(m.Graph.Name)
	c.Graph = g
	copies := map[*Value]*Value{}
	add := func(v *Value) (*Value, error) {
		w, err := g.NewValue(v.Name)
		copies[v] = w
		return w, err
	}
	for _, n := range nodes {
		for _, v := range n.Reads() {
			if v == nil || copies[v] != nil {
				continue
			}
			w, err := add(v)
			if err != nil {
				return nil, nil, err
			}
			if v.Const != nil && !v.IsInput() {
				g.SetConst(w, v.Const)
			} else {
				g.AddInput(w)
			}
		}
		for _, v := range n.outputs {
			if v == nil {
				continue
			}
			if copies[v] != nil {
				return nil, nil, fmt.Errorf("value %q is read before it is computed", v.Name)
			}
			if _, err := add(v); err != nil {
				return nil, nil, err
			}
		}
		n.copyTo(g, copies)
	}
	for _, v := range outputs {
		if copies[v] == nil {
			return nil, nil, fmt.Errorf("value %q is not computed by these nodes", v.Name)
		}
		g.Outputs = append(g.Outputs, copies[v])
	}
	return &c, copies, nil
}
