package graph

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// maxInlined bounds the number of nodes that inlining may produce: functions that call others twice grow like powers of
// two.
const maxInlined = 1 << 17

// InlineCalls replaces calls of m's functions by the functions' bodies, at any depth, and drops the functions that are
// no longer called. It replaces calls of the functions for which may returns true, or all calls if may is nil. Nodes
// keep the opset versions of the function they come from, and domains that only functions import become imports of the
// model.
//
// Names are kept unless they are taken; those of nodes are prefixed with the name of the call. InlineCalls fails on
// functions that call themselves, on calls that do not match their function, and if it would produce too many nodes. m
// is then left half done.
func (m *Model) InlineCalls(may func(*Function) bool) (changed bool, err error) {
	if len(m.Functions) == 0 {
		return false, nil
	}
	in := &inliner{functions: map[functionID]*Function{}, may: may, model: m, taken: map[string]bool{}, tries: map[string]int{}}
	for _, f := range m.Functions {
		in.functions[f.id()] = f
	}
	if err := in.measure(m.Graph); err != nil {
		return false, err
	}
	in.reserve(m.Graph)
	if err := in.graph(m.Graph); err != nil {
		return in.changed, err
	}
	return m.dropFunctions(in.functions) || in.changed, nil
}

// inliner replaces all calls in a model.
type inliner struct {
	model     *Model
	functions map[functionID]*Function
	may       func(*Function) bool
	changed   bool
	taken     map[string]bool // names of values anywhere in the model
	tries     map[string]int  // by name: the last number that was appended to it
	nodes     int             // produced from calls
}

// callee returns the function whose body is to replace n, or nil if n stays.
func (in *inliner) callee(n *Node) *Function {
	f := in.functions[n.callee()]
	if f == nil || in.may != nil && !in.may(f) {
		return nil
	}
	return f
}

// allNodes yields the nodes of g and of its subgraphs at any depth.
func (g *Graph) allNodes(yield func(*Node) bool) bool {
	for _, n := range g.Nodes {
		if !yield(n) {
			return false
		}
		for _, sub := range n.Subgraphs() {
			if !sub.allNodes(yield) {
				return false
			}
		}
	}
	return true
}

// measure fails if something that g calls calls itself, or if there would be too many nodes.
func (in *inliner) measure(g *Graph) error {
	sizes := map[*Function]int{}
	var open []*Function
	var walk func(g *Graph) (int, error)
	walk = func(g *Graph) (size int, err error) {
		g.allNodes(func(n *Node) bool {
			size++
			f := in.functions[n.callee()]
			if f == nil {
				return true
			}
			if at := slices.Index(open, f); at >= 0 {
				err = recursion(open[at:])
				return false
			}
			k, known := sizes[f]
			if !known {
				open = append(open, f)
				if k, err = walk(f.Body); err != nil {
					return false
				}
				open = open[:len(open)-1]
				sizes[f] = k
			}
			size = min(size+k, maxInlined+1)
			return true
		})
		return size, err
	}
	size, err := walk(g)
	if err == nil && size > maxInlined {
		err = tooMany()
	}
	return err
}

func tooMany() error {
	return fmt.Errorf("functions: the calls come to more than %d nodes", maxInlined)
}

func recursion(path []*Function) error {
	if len(path) == 1 {
		return fmt.Errorf("function %s calls itself", path[0])
	}
	text := ""
	for _, f := range path[1:min(len(path), 5)] {
		text += f.String() + ", that calls "
	}
	return fmt.Errorf("function %s calls itself: it calls %sit", path[0], text)
}

// reserve records the names of g and its subgraphs.
func (in *inliner) reserve(g *Graph) {
	for name := range g.values {
		in.taken[name] = true
	}
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			in.reserve(sub)
		}
	}
}

// unique returns a name that starts with hint and that no value of the model has.
func (in *inliner) unique(hint string) string {
	name := hint
	for in.taken[name] {
		in.tries[hint]++
		name = hint + "_" + strconv.Itoa(in.tries[hint])
	}
	in.taken[name] = true
	return name
}

// graph replaces the calls in g.
func (in *inliner) graph(g *Graph) error {
	old := g.Nodes
	g.Nodes = make([]*Node, 0, len(old))
	for i, n := range old {
		g.Nodes = append(g.Nodes, n)
		if err := in.last(g); err != nil {
			g.Nodes = append(g.Nodes, old[i+1:]...)
			return err
		}
	}
	return nil
}

// last replaces the last node of g if it is a call, and otherwise the calls in its subgraphs.
func (in *inliner) last(g *Graph) error {
	n := g.Nodes[len(g.Nodes)-1]
	f := in.callee(n)
	if f == nil {
		for _, sub := range n.Subgraphs() {
			if err := in.graph(sub); err != nil {
				return err
			}
		}
		return nil
	}
	in.changed = true
	g.Nodes = g.Nodes[:len(g.Nodes)-1]
	if err := in.call(g, n, f); err != nil {
		return fmt.Errorf("node %s: %w", n.Label(), err)
	}
	return nil
}

// dropFunctions drops the functions that are no longer called, and the imports that no node needs.
func (m *Model) dropFunctions(by map[functionID]*Function) bool {
	called := map[*Function]bool{}
	domains := map[string]bool{"": true}
	var walk func(g *Graph)
	walk = func(g *Graph) {
		g.allNodes(func(n *Node) bool {
			domains[n.Domain] = true
			if f := by[n.callee()]; f != nil && !called[f] {
				called[f] = true
				walk(f.Body)
			}
			return true
		})
	}
	walk(m.Graph)
	before := m.Functions
	m.Functions = slices.DeleteFunc(slices.Clone(before), func(f *Function) bool { return !called[f] })
	for _, f := range before {
		if !domains[f.Domain] {
			delete(m.Opsets, f.Domain)
		}
	}
	return len(m.Functions) < len(before)
}

// imports adds the imports of f of which the model imports no version.
func (m *Model) imports(f *Function) {
	for _, domain := range slices.Sorted(maps.Keys(f.Opsets)) {
		if _, there := m.Opsets[domain]; !there {
			m.Opsets[domain] = f.Opsets[domain]
		}
	}
}
