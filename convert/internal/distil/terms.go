package distil

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/learning"
)

// innerWeight is the weight of the term inside the network, in units of the variance of what the original computes there.
const innerWeight = 3

// match is a value that both networks compute, and how they are compared.
type match struct {
	teacher *graph.Value // of the original
	name    string       // of the cut network's value
	kind    learning.Kind
	weight  float64
	kept    [][]int // by axis, the positions of the original that the cut network has; nil for all
	dims    []int   // of the original's value, for a batch
	role    string  // as reports say it
}

// choices chooses the values that are compared: each output, before a Softmax if there is one, and the last map inside the
// network all of whose axes are uncut, or else the last whose kept positions are known. Original and cut have known types.
func (n *student) choices(original, cut *graph.Model, of func(*graph.Value) *graph.Value) []match {
	a, p, classes, batch := n.input.Analysis, n.input.Plan, n.input.Classes, n.batch
	var all []match
	seen := map[string]bool{}
	for i, y := range cut.Graph.Outputs {
		t := original.Graph.Outputs[i]
		m := match{kind: learning.Values, weight: 1, role: "output"}
		def, _ := t.Def()
		if n := def; n != nil && (n.Op == "Softmax" || n.Op == "LogSoftmax") && n.Domain == "" && lastAxis(n) {
			if s := cut.Graph.Value(n.In(0).Name); s != nil {
				t, y, m.kind = n.In(0), s, learning.Scores
			}
		} else if n := t.Type.Shape; classes && len(n) == 2 && !n[1].Is(1) && (def == nil || def.Op != "Sigmoid") {
			m.kind = learning.Scores
		}
		if !comparable(t, y, batch) || seen[y.Name] || m.kind == learning.Scores && !(len(y.Type.Shape) > 0 && y.Type.Shape.Equal(t.Type.Shape)) {
			continue
		}
		m.teacher, m.name, m.kept = t, y.Name, keptOf(t, a, p, of)
		seen[y.Name] = true
		all = append(all, m)
	}
	if m, ok := n.inner(original, cut, of, seen); ok {
		all = append(all, m)
	}
	return all
}

// lastAxis reports whether a Softmax normalises over the last axis alone.
func lastAxis(n *graph.Node) bool {
	rank := len(n.In(0).Type.Shape)
	axis := n.Int("axis", -1)
	if n.Version < 13 {
		axis = n.Int("axis", 1)
	}
	return axis == -1 || axis == rank-1
}

// inner finds the last map inside the network. It is computed by a node that transforms, adds or activates, has more than
// two axes, and an output depends on it.
func (n *student) inner(original, cut *graph.Model, of func(*graph.Value) *graph.Value, seen map[string]bool) (match, bool) {
	a, p, batch := n.input.Analysis, n.input.Plan, n.batch
	var partly *match
	nodes := original.Graph.Nodes
	for i := len(nodes) - 1; i >= 0; i-- {
		n := nodes[i]
		t := n.Out(0)
		if t == nil || len(n.Outputs()) != 1 || len(t.Type.Shape) < 3 || t.IsOutput() || t.Unused() || !slices.Contains(mapping, n.Op) {
			continue
		}
		s := cut.Graph.Value(t.Name)
		if s == nil || seen[s.Name] || !comparable(t, s, batch) {
			continue
		}
		m := match{teacher: t, name: s.Name, kind: learning.Values, weight: innerWeight, kept: keptOf(t, a, p, of), role: "inside"}
		if whole(m.kept) {
			return m, true
		}
		if partly == nil {
			partly = &m
		}
	}
	if partly == nil {
		return match{}, false
	}
	return *partly, true
}

// mapping are the operators whose results are compared inside networks.
var mapping = []string{"Conv", "MatMul", "Gemm", "Add", "Relu", "Clip", "HardSwish", "LayerNormalization", "Mul", "BatchNormalization",
	"Gelu", "LeakyRelu", "Sigmoid"}

// comparable reports whether what the original computes, without the removed positions, has the extents of the cut
// network's value.
func comparable(t, s *graph.Value, batch int) bool {
	if len(t.Type.Shape) == 0 || len(s.Type.Shape) == 0 || t.Type.Shape[0] != s.Type.Shape[0] || !t.Type.Shape[0].Is(batch) {
		return false // its first axis does not count samples
	}
	return t.Type.DType == graph.Float32 && s.Type.DType == graph.Float32 && t.Const == nil && s.Const == nil &&
		t.Type.Shape != nil && len(t.Type.Shape) == len(s.Type.Shape)
}

// keptOf lists what the plan keeps of each axis of a value. Of maps values to those that a describes.
func keptOf(t *graph.Value, a *group.Analysis, p *group.Plan, of func(*graph.Value) *graph.Value) [][]int {
	kept := make([][]int, len(t.Type.Shape))
	for d := range kept {
		kept[d] = a.Kept(p, of(t), d)
	}
	return kept
}

func whole(kept [][]int) bool {
	return !slices.ContainsFunc(kept, func(k []int) bool { return k != nil })
}

// take returns x with the kept positions of each axis alone.
func take(x *graph.Tensor, kept [][]int) *graph.Tensor {
	for axis, k := range kept {
		if k == nil {
			continue
		}
		dims := slices.Clone(x.Shape())
		outer, inner, size := 1, 1, dims[axis]
		for _, d := range dims[:axis] {
			outer *= d
		}
		for _, d := range dims[axis+1:] {
			inner *= d
		}
		dims[axis] = len(k)
		from, to := graph.Data[float32](x), make([]float32, 0, outer*len(k)*inner)
		for o := range outer {
			for _, i := range k {
				to = append(to, from[(o*size+i)*inner:][:inner]...)
			}
		}
		x = graph.TensorOf(to, dims...)
	}
	return x
}
