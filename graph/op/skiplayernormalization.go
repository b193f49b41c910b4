package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(skipNormalization("SkipLayerNormalization", skipInputs{beta: 3, bias: 4},
		"mean 0 and variance 1 over the last axis of a sum, then gamma and beta"))
}

// skipInputs has the indices of the optional inputs of a normalisation of a sum; 0 means that it
// has none.
type skipInputs struct{ beta, bias int }

// skipNormalization returns the definition of a normalisation over the last axis of input + skip +
// bias.
func skipNormalization(name string, at skipInputs, doc string) Def {
	return Def{
		Name: name, Domain: microsoft,
		Doc:   doc + "; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft." + name,
		Since: 1, Until: 1, MinIn: 3, MaxIn: at.bias + 1, MinOut: 1, MaxOut: 4,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferSkipNormalization, Couple: coupleSkipNormalization,
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			return evalSkipNormalization(n, in, at)
		},
	}
}

func inferSkipNormalization(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if err := wantRank(n, 0, "input", 2, 3); err != nil {
		return nil, err
	}
	stat := graph.Type{DType: graph.Float32}
	if x.Shape != nil {
		for i := 1; i < len(n.Inputs()); i++ {
			s := inShape(n, i)
			if s == nil {
				continue
			}
			if err := broadcastsTo(s, x.Shape); err != nil || len(s) == 0 || (i > 1 && len(s) != 1) {
				return nil, fmt.Errorf("input %d of shape %v does not go with one of %v", i, s, x.Shape)
			}
		}
		stat.Shape = x.Shape.Clone()
		stat.Shape[len(stat.Shape)-1] = graph.Size(1)
	}
	y := graph.TensorType(x.DType, x.Shape)
	return []graph.Type{y, stat, stat, y}, nil
}

func coupleSkipNormalization(n *graph.Node) (c Coupling, err error) {
	x := inShape(n, 0)
	for i := range n.Inputs() {
		coupleBroadcast(&c, n, 0, i)
	}
	for o := 1; o < 3; o++ {
		for d := range len(x) - 1 {
			if n.Out(o) != nil {
				c.link(In(0, d), Out(o, d))
			}
		}
	}
	for d := range x {
		if n.Out(3) != nil {
			c.link(In(0, d), Out(3, d))
		}
	}
	statOver(&c, n, len(x)-1, len(x))
	return c, nil
}

func evalSkipNormalization(n *graph.Node, in []*graph.Tensor, at skipInputs) ([]*graph.Tensor, error) {
	x := in[0]
	if x.Rank() < 1 {
		return nil, fmt.Errorf("input: want 2 or 3 axes, have shape %v", x.Shape())
	}
	width := x.Shape()[x.Rank()-1]
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	for i, t := range in[1:] {
		if t == nil {
			continue
		}
		if err := broadcastsTo(graph.ShapeOf(t.Shape()...), graph.ShapeOf(x.Shape()...)); err != nil {
			return nil, fmt.Errorf("input %d: %w", 1+i, err)
		}
	}
	add := func(to []float64, i int) {
		if t := tensorAt(in, i); t != nil && i > 0 {
			for at, k := range broadcastIndex(t.Shape(), x.Shape()) {
				to[at] += v[i][k]
			}
		}
	}
	sum := v[0]
	add(sum, 1)
	add(sum, at.bias)
	y := append([]float64{}, sum...)
	means, factors := normaliseRows(y, width, float64(n.Float("epsilon", 1e-12)), at.beta > 0)
	for i, k := range broadcastIndex(in[2].Shape(), x.Shape()) {
		y[i] *= v[2][k]
	}
	add(y, at.beta)
	stat := append([]int{}, x.Shape()...)
	stat[len(stat)-1] = 1
	out := make([]*graph.Tensor, len(n.Outputs()))
	for i, w := range [][]float64{y, means, factors, sum} {
		if i > 0 && n.Out(i) == nil {
			continue
		}
		d, dims := x.DType(), x.Shape()
		if i == 1 || i == 2 {
			d, dims = graph.Float32, stat
		}
		if len(w) != volume(dims) {
			return nil, fmt.Errorf("no statistics of an input of shape %v", x.Shape())
		}
		if out[i], err = fromFloats(d, w, dims); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// normaliseRows scales every row to root mean square 1 in place, after subtracting its mean if
// asked to.
func normaliseRows(y []float64, width int, epsilon float64, central bool) (means, factors []float64) {
	if !central {
		factors = scaleRows(y, width, epsilon)
		return make([]float64, len(factors)), factors
	}
	for from := 0; width > 0 && from < len(y); from += width {
		row := append([]float64{}, y[from:from+width]...)
		m, f := standardise(row, y[from:from+width], epsilon)
		means, factors = append(means, m), append(factors, f)
	}
	return means, factors
}
