package op

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// recurrentActivation is an activation that the attributes can name. alpha and beta are its
// defaults, or NaN if it takes none.
type recurrentActivation struct {
	alpha, beta float64
	f           func(x, alpha, beta float64) float64
}

// none marks an alpha or a beta that an activation does not take.
var none = math.NaN()

// recurrentActivations are those that the pages of LSTM, GRU and RNN define. Names are compared
// without regard to case, because PyTorch writes "relu" and "tanh".
var recurrentActivations = map[string]recurrentActivation{
	"relu":            {none, none, func(x, _, _ float64) float64 { return math.Max(x, 0) }},
	"tanh":            {none, none, func(x, _, _ float64) float64 { return math.Tanh(x) }},
	"sigmoid":         {none, none, func(x, _, _ float64) float64 { return sigmoid(x) }},
	"affine":          {1, 0, func(x, a, b float64) float64 { return a*x + b }},
	"leakyrelu":       {0.01, none, func(x, a, _ float64) float64 { return branch(x, a*x) }},
	"thresholdedrelu": {1, none, func(x, a, _ float64) float64 { return passed(x, a) }},
	"scaledtanh":      {1, 1, func(x, a, b float64) float64 { return a * math.Tanh(b*x) }},
	"hardsigmoid":     {0.2, 0.5, func(x, a, b float64) float64 { return clamp(a*x+b, 0, 1) }},
	"elu":             {1, none, func(x, a, _ float64) float64 { return branch(x, a*math.Expm1(x)) }},
	"softsign":        {none, none, func(x, _, _ float64) float64 { return x / (1 + math.Abs(x)) }},
	"softplus":        {none, none, func(x, _, _ float64) float64 { return softplus(x) }},
}

// passed returns x if it reaches the threshold, and 0 otherwise.
func passed(x, threshold float64) float64 {
	if x >= threshold {
		return x
	}
	return 0
}

// activationsOf returns the activations of every direction. The lists of alpha and beta hold values
// for the activations that take one, in order. Where a list ends early, the default applies.
func (r *recurrence) activationsOf(n *graph.Node) ([][]func(float64) float64, error) {
	each := len(r.defaults)
	names := slices.Repeat(r.defaults, r.directions)
	if a := n.Attr("activations"); a != nil && a.Kind == graph.AttrStrings {
		// RNN's schema has two by default, of which a single direction uses the first.
		if names = a.Strings; len(names) < each*r.directions {
			return nil, fmt.Errorf("activations: want %d names, have %d", each*r.directions, len(names))
		}
	}
	alphas, betas := floatList(n, "activation_alpha"), floatList(n, "activation_beta")
	all := make([][]func(float64) float64, r.directions)
	for i, name := range names[:each*r.directions] {
		a, ok := recurrentActivations[strings.ToLower(name)]
		if !ok {
			return nil, fmt.Errorf("activations: %q is not known", name)
		}
		alpha, beta := next(&alphas, a.alpha), next(&betas, a.beta)
		all[i/each] = append(all[i/each], func(x float64) float64 { return a.f(x, alpha, beta) })
	}
	return all, nil
}

// next takes the first value off the list. It returns the default if there is none left, and takes
// nothing if the default is NaN.
func next(list *[]float32, def float64) float64 {
	if math.IsNaN(def) || len(*list) == 0 {
		return def
	}
	v := (*list)[0]
	*list = (*list)[1:]
	return float64(v)
}

func floatList(n *graph.Node, name string) []float32 {
	if a := n.Attr(name); a != nil && a.Kind == graph.AttrFloats {
		return a.Floats
	}
	return nil
}
