package runtime

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// Work is what a step does, computed from the extents of what it reads and writes. It belongs to
// the graph of one program and is not safe for concurrent use.
type Work struct {
	// Step identifies the step in the model and in what is cut from it.
	Step string
	// Values are those that the step reads and writes, each once.
	Values []*graph.Value

	kernel  string
	node    *graph.Node // nil for a step that computes nothing
	weights []bool      // by value, whether it is constant
}

// Amount holds the quantities whose weighted sum predicts a time.
type Amount [amounts]float64

const (
	calls     = iota // always 1: the fixed cost of a step
	products         // multiply-accumulates, with the columns rounded up to whole strips
	passes           // numbers that products read, once for each strip of columns
	computed         // computed numbers read and written
	constants        // constants read
	amounts
)

// worksOf returns the work of each move of the program of m.
func worksOf(m *graph.Model, p *program) []*Work {
	scratch, copies := m.Clone() // its types are overwritten
	nodes := map[*graph.Node]*graph.Node{}
	for i, n := range m.Graph.Nodes {
		nodes[n] = scratch.Graph.Nodes[i]
	}
	seen := map[string]int{}
	var all []*Work
	for i := range p.moves {
		mv := &p.moves[i]
		w := &Work{Step: mv.name + " of " + mv.node.Title(), kernel: mv.name}
		if seen[w.Step]++; seen[w.Step] > 1 {
			w.Step += fmt.Sprint(", ", seen[w.Step])
		}
		if mv.name != reorders {
			w.node = nodes[mv.node]
		}
		for _, v := range p.touched[i] {
			if c := copies[v]; c != nil && !slices.Contains(w.Values, c) && v.Type.DType.Bits() > 0 {
				w.Values = append(w.Values, c)
				w.weights = append(w.weights, v.Const != nil)
			}
		}
		all = append(all, w)
	}
	return all
}

// family names the steps whose time depends on their work in the same way, for the extents that the
// values have now.
func (w *Work) family() string {
	switch n := w.node; {
	case n == nil:
		return w.kernel
	case n.Op == "Conv" && n.Domain == "":
		return w.kernel + " " + convolved(n)
	case n.Op == "MatMul" && n.In(1).Const == nil:
		return w.kernel + " of computed matrices"
	default:
		return w.kernel + " " + n.OpName()
	}
}

// convolved names the algorithm of a convolution, by its window and groups. The group attribute may
// be out of date, since the network is cut.
func convolved(n *graph.Node) string {
	x, okX := n.In(0).Type.Shape.Ints()
	w, okW := n.In(1).Type.Shape.Ints()
	if !okX || !okW || len(x) < 3 || len(x) != len(w) || w[1] == 0 {
		return "of unknown extents"
	}
	groups := x[1] / w[1]
	win, err := op.DecodeConv(n, x[2:], w[2:])
	one := func(v []int) bool { return !slices.ContainsFunc(v, func(k int) bool { return k != 1 }) }
	switch {
	case err != nil:
		return "of unknown extents"
	case groups > 1 && w[1] == 1 && w[0] == groups:
		return "depthwise"
	case groups > 1:
		return "in groups"
	case one(win.Kernel) && one(win.Strides):
		return "of one position"
	case w[1] < kernel.FewChannels:
		return "of few channels"
	}
	return "of a window"
}

// Amount returns the work for values with these extents, in the order of Values, and the family of
// steps whose time depends on it in the same way.
func (w *Work) Amount(extents [][]int) (family string, a Amount) {
	a[calls] = 1
	for i, dims := range extents {
		n := float64(volume(dims))
		if w.weights[i] {
			a[constants] += n
		} else {
			a[computed] += n
		}
		t := &w.Values[i].Type
		if len(t.Shape) != len(dims) {
			t.Shape = make(graph.Shape, len(dims))
		}
		for k, d := range dims {
			t.Shape[k] = graph.Size(d)
		}
	}
	if family = w.family(); w.node == nil {
		return family, a
	}
	d := op.Lookup(w.node)
	if d == nil || d.Cost == nil {
		return family, a
	}
	macs, known := d.Cost(w.node).MACs.Int64()
	if n := columnsOf(w.node); known && n > 0 {
		strips, padded := kernel.Columns(n)
		a[products] = float64(macs) * float64(padded) / float64(n)
		a[passes] = float64(macs) * float64(strips) / float64(n)
	} else if known {
		a[products] = float64(macs)
	}
	return family, a
}

// Extents returns the extents of the values in the program.
func (w *Work) Extents() [][]int {
	var all [][]int
	for _, v := range w.Values {
		dims, _ := v.Type.Shape.Ints()
		all = append(all, dims)
	}
	return all
}

// columnsOf returns the number of columns of n's products, for a convolution those of one group, or
// 0 if n is not a product.
func columnsOf(n *graph.Node) int {
	switch n.Op {
	case "Conv":
		x, w := n.In(0).Type.Shape, n.In(1).Type.Shape
		if len(x) < 2 || len(w) < 2 {
			return 0
		}
		channels, _ := x[1].Value()
		each, _ := w[1].Value()
		outs, _ := w[0].Value()
		if each < 1 || channels < each || channels%each != 0 || outs < channels/each {
			return 0
		}
		if each == 1 && outs == channels { // depthwise: as many columns as channels
			return outs
		}
		return outs / (channels / each)
	case "Gemm", "MatMul":
		if y := n.Out(0).Type.Shape; len(y) > 0 {
			k, _ := y[len(y)-1].Value()
			return k
		}
	}
	return 0
}
