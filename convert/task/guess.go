package task

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Guess names the task that the outputs of a model look like, as tasks are guessed if nobody says.
func Guess(m *graph.Model) string {
	name, _ := guessOutputs(m)
	return name
}

// guess returns what the outputs of a model look like, and why. classes says that the labels of its
// samples are numbers of classes.
func guess(m *graph.Model, classes bool) (name, how string) {
	name, how = guessOutputs(m)
	if classes && name != Classification && len(m.Graph.Outputs) > 0 {
		if first := m.Graph.Outputs[0]; first.Type.Shape != nil && len(trimmed(first.Type.Shape)) <= 2 {
			return Classification, fmt.Sprintf("output %q %v and labels that are numbers of classes", first.Name, first.Type)
		}
	}
	return name, how
}

// guessOutputs returns what the outputs alone look like.
func guessOutputs(m *graph.Model) (name, how string) {
	outs := m.Graph.Outputs
	if len(outs) == 0 {
		return None, "no outputs"
	}
	if h, why := guessHead(m); h != "" {
		return Detection, why
	}
	first := outs[0]
	shape := trimmed(first.Type.Shape)
	how = fmt.Sprintf("output %q %v", first.Name, first.Type)
	if first.Type.Shape == nil || first.Type.DType == graph.String {
		return None, how
	}
	if !first.Type.DType.IsFloat() {
		if len(shape) <= 1 {
			return Classification, how + ", numbers of classes"
		}
		if in := picture(m); in != nil && len(shape) == 3 {
			return Segmentation, how + ", numbers of classes by pixel"
		}
		return None, how
	}
	switch by := producer(first); {
	case len(shape) == 1 && by == "Sigmoid":
		return Classification, how + ", one probability"
	case len(shape) == 1:
		return Regression, how + ", one number"
	case len(shape) == 2 && by == "Sigmoid":
		return Multilabel, how + ", probabilities that do not add up to 1"
	case len(shape) == 2 && slices.Contains(normalizers, by):
		return Embedding, how + ", made by " + by
	case len(shape) == 2:
		return Classification, how
	case len(shape) == 3 && hasTokens(m) && slices.Contains(projections, by):
		return Generation, how + ", scores of the next token"
	case len(shape) == 4:
		return guessMap(m, shape, how)
	}
	return None, how
}

// normalizers make embeddings, and projections scores.
var (
	normalizers = []string{"Div", "LpNormalization", "LayerNormalization", "Tanh"}
	projections = []string{"MatMul", "Gemm", "Softmax", "LogSoftmax"}
)

// guessMap guesses of an output of the shape [N,C,H,W] that is as large as the picture.
func guessMap(m *graph.Model, shape graph.Shape, how string) (string, string) {
	in := picture(m)
	if in == nil || len(m.Graph.Outputs) > 1 && sameRank(m.Graph.Outputs, 4) > 1 && !alike(m.Graph.Outputs) {
		return None, how
	}
	whole := len(m.Graph.Outputs) == 1 || shape[2].Known() && shape[3].Known()
	for axis := 2; axis < 4; axis++ {
		a, knownA := shape[axis].Value()
		b, knownB := in[axis].Value()
		whole = whole && (knownA && knownB && a == b || !knownA || !knownB)
	}
	c, known := shape[1].Value()
	switch {
	case !whole || !known:
		return None, how
	case c == 1 || c == 3:
		return Regression, how + ", a picture"
	}
	return Segmentation, how + ", scores of classes by pixel"
}

// sameRank counts the outputs of a rank.
func sameRank(outs []*graph.Value, rank int) (n int) {
	for _, v := range outs {
		if len(v.Type.Shape) == rank {
			n++
		}
	}
	return n
}

// alike reports whether all outputs have one type, as the heads of a network for segmentation do.
func alike(outs []*graph.Value) bool {
	for _, v := range outs[1:] {
		if v.Type.String() != outs[0].Type.String() {
			return false
		}
	}
	return true
}

// trimmed returns a shape without its last axes of extent 1, but with its first.
func trimmed(s graph.Shape) graph.Shape {
	for len(s) > 1 && s[len(s)-1].Is(1) {
		s = s[:len(s)-1]
	}
	return s
}

// picture returns the shape of the first input that can be a picture, or nil.
func picture(m *graph.Model) graph.Shape {
	for _, v := range m.Graph.Inputs {
		if v.Const == nil && len(v.Type.Shape) == 4 {
			return v.Type.Shape
		}
	}
	return nil
}

// hasTokens reports whether an input is whole numbers [N,T].
func hasTokens(m *graph.Model) bool {
	return slices.ContainsFunc(m.Graph.Inputs, func(v *graph.Value) bool {
		return v.Const == nil && v.Type.DType.IsInt() && len(v.Type.Shape) == 2
	})
}

// producer returns the operator that computes the elements of a value, disregarding those that only
// move them, constants that are added or multiplied, means of probabilities, and branches that agree.
func producer(v *graph.Value) string {
	for range 16 {
		n, k := v.Def()
		if n == nil || n.In(0) == nil {
			return ""
		}
		switch n.Op {
		case "If":
			return ofBranches(n, k)
		case "ReduceMean":
			if by := producer(n.In(0)); by == "Sigmoid" {
				return by
			}
			return n.Op
		case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast", "Transpose", "Dropout":
			v = n.In(0)
			continue
		case "Add", "Sub", "Mul", "Div":
			for i := range 2 {
				if o := n.In(1 - i); n.In(i) != nil && o != nil && o.Const != nil {
					v = n.In(i)
				}
			}
			if v == n.Out(0) {
				return n.Op
			}
			continue
		}
		return n.Op
	}
	return ""
}

// ofBranches returns the operator that computes output k of a node in all its branches, or "".
func ofBranches(n *graph.Node, k int) (by string) {
	for i, g := range n.Subgraphs() {
		if k >= len(g.Outputs) {
			return ""
		}
		of := producer(g.Outputs[k])
		if i > 0 && of != by {
			return ""
		}
		by = of
	}
	return by
}
