package graph

import (
	"fmt"
	"slices"
)

// ReplaceUses makes every reader of old read v instead, including readers in subgraphs. Graph outputs stay, because
// their names belong to the model's interface; see ReplaceOutput.
func (g *Graph) ReplaceUses(old, v *Value) {
	for _, u := range slices.Clone(old.uses) {
		u.Node.SetInput(u.Index, v)
	}
}

// ReplaceOutput makes v a graph output in place of old and under old's name: the two values exchange names. If nothing
// is known of v's type, it gets old's. ReplaceOutput fails if v is an input, an initializer or another output, because
// its own name is then needed. Removing the node of old is up to the caller.
func (g *Graph) ReplaceOutput(old, v *Value) error {
	if v.graph != g || v.def == nil || slices.Contains(g.Outputs, v) {
		return fmt.Errorf("value %q cannot take over output %q", v.Name, old.Name)
	}
	i := slices.Index(g.Outputs, old)
	if i < 0 {
		return fmt.Errorf("value %q is not an output", old.Name)
	}
	g.Outputs[i] = v
	if v.Type.DType == Undefined && v.Type.Shape == nil {
		v.Type = old.Type
	}
	old.Name, v.Name = v.Name, old.Name
	old.Extra, v.Extra = v.Extra, old.Extra
	g.values[old.Name], g.values[v.Name] = old, v
	return nil
}

// Remove removes n and its outputs from g. It fails if one of them is read or is a graph output.
func (g *Graph) Remove(n *Node) error {
	i := slices.Index(g.Nodes, n)
	if i < 0 {
		return fmt.Errorf("node %s is not in the graph", n.Label())
	}
	for _, v := range n.outputs {
		if v != nil && !v.Unused() {
			return fmt.Errorf("node %s: output %q is still used", n.Label(), v.Name)
		}
	}
	g.Nodes = slices.Delete(g.Nodes, i, i+1)
	n.unlink()
	return nil
}

// RemoveNodes removes all nodes of the set from g at once. Outputs of a node in the set may be read by other nodes of
// the set only.
func (g *Graph) RemoveNodes(dead map[*Node]bool) error {
	for n := range dead {
		for _, v := range n.outputs {
			if v == nil {
				continue
			}
			outside := slices.ContainsFunc(v.uses, func(u Use) bool { return !dead[u.Node.atLevel(g)] })
			if outside || v.IsOutput() {
				return fmt.Errorf("node %s: output %q is still used", n.Label(), v.Name)
			}
		}
	}
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n *Node) bool { return dead[n] })
	for n := range dead {
		n.unlink()
	}
	return nil
}

// atLevel returns the node of g that is n or contains n in a subgraph, or nil if there is none.
func (n *Node) atLevel(g *Graph) *Node {
	if n.graph == g {
		return n
	}
	for _, m := range g.Nodes {
		for _, sub := range m.Subgraphs() {
			if n.atLevel(sub) != nil {
				return m
			}
		}
	}
	return nil
}

// unlink drops n's uses, its subgraphs' uses and its outputs.
func (n *Node) unlink() {
	for _, sub := range n.Subgraphs() {
		for _, inner := range sub.Nodes {
			inner.dropUses()
			for _, s := range inner.Subgraphs() {
				s.dropAllUses()
			}
		}
	}
	n.dropUses()
	for _, v := range n.outputs {
		if v != nil {
			delete(n.graph.values, v.Name)
			v.def = nil
		}
	}
	n.graph = nil
}

// dropAllUses drops all uses by nodes of g and its subgraphs. It does so in one pass, because a value may be read by all
// of them.
func (g *Graph) dropAllUses() {
	dead, read := map[*Node]bool{}, map[*Value]bool{}
	g.allNodes(func(n *Node) bool {
		dead[n] = true
		for _, v := range n.inputs {
			if v != nil {
				read[v] = true
			}
		}
		return true
	})
	for v := range read {
		v.uses = slices.DeleteFunc(v.uses, func(u Use) bool { return dead[u.Node] })
	}
}

func (n *Node) dropUses() {
	for i, v := range n.inputs {
		if v != nil {
			v.dropUse(n, i)
		}
	}
}

// RemoveValue removes an initializer that nothing reads from g. It fails for a graph input, whose name belongs to the
// model's interface.
func (g *Graph) RemoveValue(v *Value) error {
	switch {
	case v.def != nil:
		return fmt.Errorf("value %q is computed by a node", v.Name)
	case !v.Unused():
		return fmt.Errorf("value %q is still used", v.Name)
	case v.IsInput():
		return fmt.Errorf("value %q is an input", v.Name)
	}
	g.Initializers = slices.DeleteFunc(g.Initializers, func(w *Value) bool { return w == v })
	delete(g.values, v.Name)
	return nil
}

// MoveBefore moves n, a node of g, right before ref in the order of nodes.
func (g *Graph) MoveBefore(n, ref *Node) {
	g.Nodes = slices.DeleteFunc(g.Nodes, func(m *Node) bool { return m == n })
	g.Nodes = slices.Insert(g.Nodes, slices.Index(g.Nodes, ref), n)
}

// SetConstInput makes t the contents of input i of n. Other readers of the old value are not affected.
func (n *Node) SetConstInput(i int, t *Tensor) {
	hint := n.Op + "_in"
	if out := n.Out(0); out != nil {
		hint = out.Name + "_in"
	}
	if old := n.In(i); old != nil {
		hint = old.Name
		if len(old.uses) == 1 && old.Const != nil && old.graph == n.graph && !old.IsOutput() && !old.IsInput() {
			n.graph.SetConst(old, t)
			return
		}
	}
	n.SetInput(i, n.graph.AddConst(hint, t))
}

// Rename renames v, which must not be an input or output of its graph. It fails if the name is empty or taken.
func (g *Graph) Rename(v *Value, name string) error {
	switch {
	case v.Name == name:
		return nil
	case name == "" || g.values[name] != nil:
		return fmt.Errorf("value %q cannot be named %q: the name is taken", v.Name, name)
	case v.IsInput() || v.IsOutput():
		return fmt.Errorf("value %q belongs to the model's interface and keeps its name", v.Name)
	}
	delete(g.values, v.Name)
	v.Name = name
	g.values[name] = v
	return nil
}
