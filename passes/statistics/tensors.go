package statistics

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/graph"
)

// Tensors returns the contents of s as named float64 tensors, sorted by axis or node, so that they can
// be stored in any format that holds such tensors:
//
//	moments/count/AXIS/VALUE    numbers seen at each position, a scalar
//	moments/sum/AXIS/VALUE      and square, fires: one number a position
//	gram/rows/NODE              rows seen, a scalar
//	gram/sums/NODE              groups x columns
//	gram/products/NODE          groups x the upper triangle of columns x columns, row after row
//
// Each is made when it is asked for, so only one of them need be held at a time. FromTensors is the
// inverse.
func (s *Set) Tensors() iter.Seq2[string, *graph.Tensor] {
	return func(yield func(string, *graph.Tensor) bool) {
		for _, a := range s.axes() {
			m := s.moments[a]
			at := strconv.Itoa(a.Axis) + "/" + a.Value
			if !yield("moments/count/"+at, scalar(m.Count)) || !yield("moments/sum/"+at, vector(m.Sum)) ||
				!yield("moments/square/"+at, vector(m.Square)) || !yield("moments/fires/"+at, vector(m.Fires)) {
				return
			}
		}
		for _, node := range s.nodes() {
			g := s.grams[node]
			if !yield("gram/rows/"+node, scalar(g.Rows)) ||
				!yield("gram/sums/"+node, graph.TensorOf(slices.Concat(g.Sums...), len(g.Sums), g.Cols)) ||
				!yield("gram/products/"+node, g.triangles()) {
				return
			}
		}
	}
}

// axes lists the axes that s has moments of, sorted.
func (s *Set) axes() []axisKey {
	return slices.SortedFunc(maps.Keys(s.moments), func(a, b axisKey) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Axis, b.Axis))
	})
}

// nodes lists the nodes that s has Gram matrices of.
func (s *Set) nodes() []string { return slices.Sorted(maps.Keys(s.grams)) }

func scalar(x float64) *graph.Tensor { return graph.TensorOf([]float64{x}) }

// vector returns a copy of v, which changes when sets merge.
func vector(v []float64) *graph.Tensor { return graph.TensorOf(slices.Clone(v), len(v)) }

// triangles returns the upper triangle of each group's products, row after row.
func (g *Gram) triangles() *graph.Tensor {
	n := g.Cols
	each := n * (n + 1) / 2
	packed := make([]float64, 0, len(g.Products)*each)
	for _, p := range g.Products {
		for i := range n {
			packed = append(packed, p[i*n+i:][:n-i]...)
		}
	}
	return graph.TensorOf(packed, len(g.Products), each)
}

// FromTensors returns the Set that the tensors were made from. They may be in any order. The error
// says which of them is missing or malformed.
func FromTensors(samples int, tensors iter.Seq2[string, *graph.Tensor]) (*Set, error) {
	if samples < 1 {
		return nil, fmt.Errorf("statistics: want at least one sample, have %d", samples)
	}
	d := decoder{
		set:  &Set{Samples: samples, moments: map[axisKey]*Moments{}, grams: map[string]*Gram{}},
		seen: map[string]bool{},
	}
	for name, t := range tensors {
		if d.seen[name] {
			return nil, fmt.Errorf("tensor %q appears twice", name)
		}
		d.seen[name] = true
		if err := d.take(name, t); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	return d.set, d.whole()
}
