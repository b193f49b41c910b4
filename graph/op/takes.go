package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// Interval is the whole numbers from Least to Most.
type Interval struct{ Least, Most int64 }

// Any is every whole number.
var Any = Interval{math.MinInt64, math.MaxInt64}

// Meet returns what is in both intervals; ok is false if nothing is.
func (a Interval) Meet(b Interval) (_ Interval, ok bool) {
	a.Least, a.Most = max(a.Least, b.Least), min(a.Most, b.Most)
	return a, a.Least <= a.Most
}

// Takes returns which whole numbers input i of n may hold, as far as the operator and the types of n's values tell.
func Takes(n *graph.Node, i int) Interval {
	if d := Lookup(n); d != nil && d.Takes != nil {
		return d.Takes(n, i)
	}
	return Any
}

// positionsAlong is a Takes: input at holds positions on an axis of input 0.
func positionsAlong(at int, axis func(*graph.Node) int) func(*graph.Node, int) Interval {
	return func(n *graph.Node, i int) Interval {
		if i != at {
			return Any
		}
		shape := inShape(n, 0)
		d, err := normalAxis(axis(n), len(shape))
		if err != nil {
			return Any
		}
		return positionsOf(shape[d])
	}
}

// axisAttribute is the axis that the attribute names, by default the first.
func axisAttribute(n *graph.Node) int { return n.Int("axis", 0) }

// positionsOf is the positions on an axis of that extent, counted from its beginning.
func positionsOf(d graph.Dim) Interval {
	if extent, known := d.Value(); known && extent > 0 {
		return Interval{0, int64(extent) - 1}
	}
	return Any
}

// lengths is the numbers from 1 to an extent.
func lengths(d graph.Dim) Interval {
	p := positionsOf(d)
	if p == Any {
		return Interval{1, math.MaxInt64}
	}
	return Interval{1, p.Most + 1}
}

// atLeastOne is a Takes: the inputs listed count something, and nothing can be computed of none.
func atLeastOne(of ...int) func(*graph.Node, int) Interval {
	return func(_ *graph.Node, i int) Interval {
		for _, k := range of {
			if i == k {
				return Interval{1, math.MaxInt64}
			}
		}
		return Any
	}
}

// smallest returns the least extent of s that is known.
func smallest(s graph.Shape) graph.Dim {
	least := graph.Unknown
	for _, d := range s {
		if n, known := d.Value(); known {
			if m, also := least.Value(); !also || n < m {
				least = d
			}
		}
	}
	return least
}
