package redundancy

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Responses is how similar the responses of a group's units are to all that reads them.
type Responses struct {
	Group *group.Group
	Units int
	// Correlation is Units x Units. A unit that never varies has correlation 0 with every unit, itself included.
	Correlation []float64
}

// reader is a linear node that contracts over units, with the columns of each unit for each group of a grouped
// convolution.
type reader struct {
	*linear.Map
	columns [][][]int
}

// readersOf lists what reads the units of g. A convolution whose groups are removed with the units cannot compare them.
func readersOf(a *group.Analysis, m *graph.Model, g *group.Group) []reader {
	var out []reader
	member := map[group.Member]bool{}
	for _, x := range g.Members {
		member[x] = true
	}
	for _, n := range m.Graph.Nodes {
		k := linear.Of(n)
		if k == nil || k.Cols > statistics.MaxColumns || k.Cols == 1 && k.Groups > 1 {
			continue
		}
		at := group.Member{Value: k.X(), Axis: k.In}
		if !member[at] || k.Groups > 1 && member[group.Member{Value: n.Out(0), Axis: k.Out}] {
			continue
		}
		r := reader{Map: k}
		units := a.Units(g, at)
		each := k.Cols / k.Taps
		for i := range k.Groups {
			columns := make([][]int, g.Units)
			for p, u := range units[i*each:][:each] {
				for t := 0; u >= 0 && t < k.Taps; t++ {
					columns[u] = append(columns[u], p*k.Taps+t)
				}
			}
			r.columns = append(r.columns, columns)
		}
		out = append(out, r)
	}
	return out
}

// Wants asks for the Gram matrices of what reads the units of each group.
func Wants(a *group.Analysis, m *graph.Model) statistics.Request {
	var r statistics.Request
	for _, g := range a.Groups {
		for _, k := range readersOf(a, m, g) {
			r.Grams = append(r.Grams, k.Map)
		}
	}
	return r
}

// Of returns the responses of g's units, or nil if no linear node with Gram matrices reads them. What a unit contributes
// to several readers, and at its positions in each, is placed side by side, with the same weight for each reader. Two
// heads are similar as far as their dimensions are, one by one.
func Of(a *group.Analysis, m *graph.Model, g *group.Group, known *statistics.Set) *Responses {
	n := g.Units
	sum := make([]float64, n*n)
	seen := false
	for _, r := range readersOf(a, m, g) {
		gram := known.Gram(r.Map)
		if gram == nil || gram.Rows == 0 {
			continue
		}
		for i, columns := range r.columns {
			seen = true
			addAligned(sum, n, gram.Covariance(i), gram.Cols, columns)
		}
	}
	if !seen {
		return nil
	}
	return &Responses{Group: g, Units: n, Correlation: correlations(sum, n)}
}

// addAligned adds the covariances of units' columns, the first with the first and so on, scaled so that all variances
// add up to 1.
func addAligned(sum []float64, n int, covariance []float64, cols int, columns [][]int) {
	total := 0.0
	for _, of := range columns {
		for _, c := range of {
			total += covariance[c*cols+c]
		}
	}
	if total <= 0 {
		return
	}
	for u := range n {
		for v := u; v < n; v++ {
			s := 0.0
			for k := range min(len(columns[u]), len(columns[v])) {
				s += covariance[columns[u][k]*cols+columns[v][k]]
			}
			sum[u*n+v] += s / total
		}
	}
}

// correlations turns the upper triangle of covariances into correlations, with both triangles filled.
func correlations(c []float64, n int) []float64 {
	const still = 1e-9 // of the mean variance: what varies less is constant
	mean := 0.0
	for u := range n {
		mean += c[u*n+u] / float64(n)
	}
	out := make([]float64, n*n)
	for u := range n {
		for v := u; v < n; v++ {
			a, b := c[u*n+u], c[v*n+v]
			if a <= still*mean || b <= still*mean {
				continue
			}
			x := c[u*n+v] / math.Sqrt(a*b)
			out[u*n+v], out[v*n+u] = x, x
		}
	}
	return out
}
