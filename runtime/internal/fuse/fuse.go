package fuse

import (
	"github.com/pollard-dev/pollard/graph"
)

// rule replaces the nodes that end with n by one operator if they match. It returns the new node's
// operator, version, inputs and attributes.
type rule func(n *graph.Node) *fused

// fused describes the node to insert.
type fused struct {
	op      string
	version int
	inputs  []*graph.Value
	attrs   []*graph.Attr
}

// rules are indexed by the operator of the last node they look for.
var rules = map[string][]rule{}

func register(last string, r rule) { rules[last] = append(rules[last], r) }

// Graph applies every rule wherever it fits and removes what nothing reads any more. The kept
// values remain under their names.
func Graph(g *graph.Graph, kept map[string]bool) error {
	names := map[*graph.Value]string{}
	for _, n := range append([]*graph.Node{}, g.Nodes...) {
		if n.Domain != "" || len(n.Outputs()) != 1 || n.Out(0) == nil || n.Out(0).Type.DType != graph.Float32 || n.Out(0).IsOutput() {
			continue
		}
		for _, r := range rules[n.Op] {
			f := r(n)
			if f == nil || !f.inputs[0].Type.Shape.Equal(n.Out(0).Type.Shape) { // a constant of higher rank adds axes to the result
				continue
			}
			v := g.Fresh(n.Out(0).Name)
			v.Type = n.Out(0).Type
			d, err := g.NewNode(f.op, "", f.version, f.inputs, []*graph.Value{v}, f.attrs...)
			if err != nil {
				return err
			}
			d.Name = n.Name
			g.MoveBefore(d, n)
			g.ReplaceUses(n.Out(0), v)
			names[v] = n.Out(0).Name
			break
		}
	}
	if len(names) == 0 {
		return nil
	}
	last := map[string]bool{} // names that new values take over
	for _, name := range names {
		last[name] = true
	}
	if err := sweep(g, func(v *graph.Value) bool { return kept[v.Name] && !last[v.Name] }); err != nil {
		return err
	}
	for v, name := range names { // the new value has the same contents
		if g.Value(v.Name) == v && g.Value(name) == nil {
			if err := g.Rename(v, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweep removes nodes whose outputs are neither read nor kept, from the last to the first.
func sweep(g *graph.Graph, kept func(*graph.Value) bool) error {
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		used := false
		for _, v := range n.Outputs() {
			used = used || v != nil && (!v.Unused() || kept(v))
		}
		if !used {
			if err := g.Remove(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// from returns the node that computes v, if it is that operator of ONNX's own domain and v is not
// an output of the graph.
func from(v *graph.Value, op string) *graph.Node {
	if v == nil {
		return nil
	}
	n, _ := v.Def()
	if n == nil || n.Op != op || n.Domain != "" || v.Const != nil {
		return nil
	}
	return n
}

// isNumber reports whether v is the constant x, to within float32's resolution.
func isNumber(v *graph.Value, x float64) bool {
	if v == nil || v.Const == nil || v.IsInput() || v.Const.DType() != graph.Float32 || v.Const.Len() != 1 {
		return false
	}
	have := float64(graph.Data[float32](v.Const)[0])
	d := have - x
	return d <= 1e-6*max(1, x) && -d <= 1e-6*max(1, x)
}

// sides returns the inputs of a binary node in both orders.
func sides(n *graph.Node) [2][2]*graph.Value {
	a, b := n.In(0), n.In(1)
	return [2][2]*graph.Value{{a, b}, {b, a}}
}

// times returns the value that v is the given multiple of, by a Mul of a constant or a Div.
func times(v *graph.Value, factor float64) *graph.Value {
	if n := from(v, "Mul"); n != nil {
		for _, s := range sides(n) {
			if isNumber(s[1], factor) {
				return s[0]
			}
		}
	}
	if n := from(v, "Div"); n != nil && isNumber(n.In(1), 1/factor) {
		return n.In(0)
	}
	return nil
}

// plus returns the value that v exceeds by the given term.
func plus(v *graph.Value, term float64) *graph.Value {
	if n := from(v, "Add"); n != nil {
		for _, s := range sides(n) {
			if isNumber(s[1], term) {
				return s[0]
			}
		}
	}
	return nil
}
