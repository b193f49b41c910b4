package lossless

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
)

// positionwise are the operators that compute a position of an axis, if they neither reduce it nor normalize over it,
// from the same position of their inputs. Removing one position affects no other.
var positionwise = map[string]bool{
	"Add": true, "Sub": true, "Mul": true, "Div": true, "Max": true, "Min": true, "Pow": true, "PRelu": true, "Sum": true,
	"Mean": true, "Where": true, "Cast": true, "Clip": true, "Dropout": true, "Reshape": true, "Flatten": true, "Squeeze": true,
	"Unsqueeze": true, "Transpose": true, "Concat": true, "Split": true, "MaxPool": true, "AveragePool": true,
	"GlobalAveragePool": true, "GlobalMaxPool": true, "InstanceNormalization": true,
	"Softmax": true, "LayerNormalization": true, // along the axes that they do not normalize over
}

func init() {
	for name := range unaries {
		positionwise[name] = true
	}
}

// reading is a place where units of a group are summed with constant weights, so that the contribution of one can be
// given to others.
type reading struct {
	*linear.Map
	slices        []slice
	gone          []bool // positions that nothing reads any more
	takesConstant bool   // a constant input can be added to the bias
	exact         bool   // the weights are float32 or wider, and written without rounding to integers
	weights, bias []float64
	biased        bool // the bias has changed
}

// product is a product of computed values that contracts units. Units that are 0 can be removed from it.
type product struct{ a, b []slice }

// uses is everything that reads units of a group.
type uses struct {
	readings []*reading
	units    [][]int // the unit of each position, by reading
	products []product
	at       [][]int // the same for products
}

// usesOf lists what reads units of g; ok is false if the way that something reads them is not known.
func (r *reduction) usesOf(g *group.Group) (u uses, ok bool) {
	if inRecurrence(g) {
		return u, false
	}
	for _, m := range g.Members {
		if m.Value.Const != nil {
			continue
		}
		if m.Value.IsOutput() {
			return u, false
		}
		for _, use := range m.Value.Uses() {
			if !r.use(&u, g, m, use) {
				return u, false
			}
		}
	}
	return u, len(u.readings)+len(u.products) > 0
}

// inRecurrence reports whether units of g are the state of a recurrence, which reads them at the next step although no
// value of the graph shows it.
func inRecurrence(g *group.Group) bool {
	return slices.ContainsFunc(g.Members, func(m group.Member) bool {
		return slices.ContainsFunc(m.Value.Uses(), func(u graph.Use) bool { return op.Recurrent(u.Node) && u.Index == op.StateWeights })
	})
}

// use adds one place that reads m.
func (r *reduction) use(u *uses, g *group.Group, m group.Member, use graph.Use) bool {
	n := use.Node
	if n.Domain != "" || n.Graph() != r.model.Graph || slices.Contains(r.analysis.StatAxes(n), m) {
		return false
	}
	if l := linear.Of(n); l != nil {
		if use.Index != 0 || m.Axis != l.In {
			return use.Index != 1 // other rows, or a bias that is computed
		}
		read := r.readingOf(l)
		if read == nil {
			return false
		}
		u.readings = append(u.readings, read)
		u.units = append(u.units, r.analysis.Units(g, m))
		return true
	}
	if n.Op == "MatMul" {
		if n.In(0) == n.In(1) {
			return false
		}
		contracted := len(m.Value.Type.Shape) - 1 - use.Index
		if len(m.Value.Type.Shape) < 2 || m.Axis != contracted {
			return len(m.Value.Type.Shape) > 1
		}
		a, b := n.In(0), n.In(1)
		p := product{r.facts.of(a, len(a.Type.Shape)-1, g), r.facts.of(b, max(0, len(b.Type.Shape)-2), g)}
		units := r.analysis.Units(g, m)
		if len(p.a) != len(units) || len(p.b) != len(units) {
			return false
		}
		u.products, u.at = append(u.products, p), append(u.at, units)
		return true
	}
	if n.Op == "ReduceMean" {
		return spared(n, m)
	}
	return positionwise[n.Op]
}

// spared reports whether a reduction leaves the axis alone, as far as its axes are known.
func spared(n *graph.Node, m group.Member) bool {
	axes := n.Ints("axes")
	if v := n.In(1); v != nil {
		if !v.IsConstant() {
			return false
		}
		given, ok := graph.Ints(v.Const)
		if !ok {
			return false
		}
		for _, a := range given {
			axes = append(axes, graph.Saturate(a))
		}
	}
	rank := len(m.Value.Type.Shape)
	return len(axes) > 0 && !slices.Contains(axes, m.Axis) && !slices.Contains(axes, m.Axis-rank)
}

// readingOf returns the reading of l, the same one for all groups, or nil if its slices are not known.
func (r *reduction) readingOf(l *linear.Map) *reading {
	if known, ok := r.readings[l.Node]; ok {
		return known
	}
	read := &reading{Map: l, slices: r.facts.of(l.Node.In(0), l.In, nil)}
	if len(read.slices) != l.Groups*l.Cols/l.Taps {
		read = nil
	} else {
		read.gone = make([]bool, len(read.slices))
		read.takesConstant = l.HasBias && !l.Opaque && !pads(l)
		d := l.W().DType()
		read.exact = !l.Quantized && (d == graph.Float32 || d == graph.Float64)
		r.order = append(r.order, read)
	}
	r.readings[l.Node] = read
	return read
}

// fold moves the contribution of position p to the positions and the bias in e.
func (r *reading) fold(p int, e expression) {
	if r.weights == nil {
		r.weights, r.bias = r.Weights(), r.Bias()
	}
	r.biased = r.biased || e.c != 0
	each := r.Cols / r.Taps
	k := p / each
	for o := range r.Outs {
		row := r.weights[(k*r.Outs+o)*r.Cols:][:r.Cols]
		from := row[p%each*r.Taps:][:r.Taps]
		for t, w := range from {
			for i, q := range e.of {
				row[q%each*r.Taps+t] += e.by[i] * w
			}
			if e.c != 0 {
				r.bias[k*r.Outs+o] += e.c * w
			}
		}
		clear(from)
	}
	r.gone[p] = true
}
