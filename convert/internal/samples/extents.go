package samples

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// CheckDims returns an error if dims has a name that no value of m has for an extent: it was mistyped.
func CheckDims(m *graph.Model, dims map[string]int) error {
	names, all := map[string]bool{}, map[string]bool{}
	for _, v := range m.Graph.Values() {
		for _, d := range v.Type.Shape {
			if !d.Known() {
				all[d.String()] = true
				if v.IsInput() {
					names[d.String()] = true
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(dims)) {
		if all[name] {
			continue
		}
		have := "have none"
		if len(names) > 0 {
			have = "have " + strings.Join(slices.Sorted(maps.Keys(names)), ", ")
		}
		return fmt.Errorf("dim: want the name of a symbolic dimension of an input, %s; %q is none", have, name)
	}
	return nil
}

// PictureExtents returns dims completed with the height and the width that pictures of any of the data
// come to, or the length of sentences, sounds or calls, for a model that leaves them open.
func PictureExtents(m *graph.Model, dims map[string]int, data ...*dataset.Data) (map[string]int, error) {
	all := maps.Clone(dims)
	for _, d := range data {
		if d == nil {
			continue
		}
		if dataset.TakenFrom(d.Samples) == nil {
			continue
		}
		none, err := d.Samples.Read(nil)
		if err != nil {
			return nil, err
		}
		for _, v := range m.Graph.Inputs {
			t := none[v.Name]
			if t == nil || t.Rank() != len(v.Type.Shape) {
				continue
			}
			for axis, e := range v.Type.Shape {
				if _, given := all[e.String()]; axis == 0 || e.Known() || !e.Named() || given {
					continue
				}
				if all == nil {
					all = map[string]int{}
				}
				all[e.String()] = t.Shape()[axis]
			}
		}
	}
	return all, nil
}

// maxExtent ends the search for an extent that a model accepts.
const maxExtent = 512

// factors are what powers of two are multiplied with in that search: strides of 3, 5 and 7 are not powers of two.
var factors = []int{1, 3, 5, 7}

// Extents returns dims completed with an extent for every other symbolic dimension of m. The extent
// is 1 or, for dimensions that do not count samples, the least power of two that the operators of m
// accept if 1 is too small for a window or a stride, or three, five or seven times one if they accept
// none. Dimensions without a name have one extent together, under the name "?".
func Extents(m *graph.Model, dims map[string]int) map[string]int {
	var open []string
	samples := map[string]bool{}
	for _, v := range m.Graph.Inputs {
		for axis, d := range v.Type.Shape {
			if _, given := dims[d.String()]; v.Const != nil || d.Known() || given {
				continue
			}
			switch {
			case axis == 0 && d.Named():
				samples[d.String()] = true
			case axis > 0:
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
	for _, n := range candidates() {
		if len(open) == 0 {
			break
		}
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

// candidates are the extents that are tried, in this order.
func candidates() (all []int) {
	for _, f := range factors {
		for n := f; n <= maxExtent; n *= 2 {
			all = append(all, n)
		}
	}
	return all
}

// Chosen returns the extents in dims that were not given.
func Chosen(dims, given map[string]int) map[string]int {
	chosen := maps.Clone(dims)
	maps.DeleteFunc(chosen, func(name string, _ int) bool { _, is := given[name]; return is })
	return chosen
}
