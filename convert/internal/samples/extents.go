package samples

import (
	"context"
	"maps"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// maxExtent ends the search for an extent that a model accepts.
const maxExtent = 512

// Extents returns dims completed with an extent for every other symbolic dimension of m. The extent
// is 1 or, for dimensions that do not count samples, the least power of two that the operators of m
// accept if 1 is too small for a window or a stride.
func Extents(m *graph.Model, dims map[string]int) map[string]int {
	var open []string
	samples := map[string]bool{}
	for _, v := range m.Graph.Inputs {
		for axis, d := range v.Type.Shape {
			if _, given := dims[d.String()]; v.Const != nil || d.Known() || !d.Named() || given {
				continue
			}
			if axis == 0 {
				samples[d.String()] = true
			} else {
				open = append(open, d.String())
			}
		}
	}
	if len(open) > 0 {
		// Only folded shape arithmetic says what extents it leads to.
		if s, _ := m.Clone(); passes.Run(context.Background(), s, simplify.All()) == nil {
			m = s
		}
	}
	for n := 1; n <= maxExtent && len(open) > 0; n *= 2 {
		tried := map[string]int{}
		maps.Copy(tried, dims)
		for _, name := range open {
			if !samples[name] {
				tried[name] = n
			}
		}
		c, _ := m.Clone()
		budget.Bind(c.Graph, tried)
		if op.InferGraph(c.Graph) != nil {
			continue
		}
		if n == 1 {
			break
		}
		return tried
	}
	return dims
}
