package sparsity

import (
	"cmp"
	"math"
	"slices"
)

// Curve is the error that a node causes at some densities, which descend from 1. Errors of different curves add up.
type Curve struct {
	Weights   int
	Densities []float64
	Errors    []float64
}

// grid is the number of densities at which a curve is evaluated, evenly spaced in their logarithm.
const grid = 96

// Allocate returns the density of each node for the least sum of errors if the given fraction of all weights stays. It
// solves the Lagrangian of the problem (Everett 1963, https://doi.org/10.1287/opre.11.3.399), whose solutions follow the
// lower convex hulls of the curves, the steepest piece first. Between two densities the logarithm of the error is linear
// in that of the density.
func Allocate(curves []Curve, keep float64) []float64 {
	densities := make([]float64, len(curves))
	total, spent := 0.0, 0.0
	var pieces []piece
	for i, c := range curves {
		total += float64(c.Weights)
		hull := c.hull()
		densities[i] = hull[0].density
		spent += hull[0].density * float64(c.Weights)
		for k := 1; k < len(hull); k++ {
			more := (hull[k].density - hull[k-1].density) * float64(c.Weights)
			pieces = append(pieces, piece{i, hull[k].density, more, (hull[k-1].error - hull[k].error) / more})
		}
	}
	if spent > 0 && spent >= keep*total { // not even the smallest of all fits
		for i := range densities {
			densities[i] *= keep * total / spent
		}
		return densities
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(b.gain, a.gain) })
	for _, p := range pieces {
		left := keep*total - spent
		if left <= 0 {
			break
		}
		if p.weights > left {
			densities[p.curve] += (p.to - densities[p.curve]) * left / p.weights
			break
		}
		densities[p.curve] = p.to
		spent += p.weights
	}
	return densities
}

// piece is a line of a hull: more weights bring a node to a density and lower the error by gain for each of them.
type piece struct {
	curve       int
	to, weights float64
	gain        float64
}

// point is the error at a density.
type point struct{ density, error float64 }

// hull is the lower convex hull of the curve, densities ascending.
func (c *Curve) hull() []point {
	least := c.Densities[len(c.Densities)-1]
	var hull []point
	for k := range grid {
		d := math.Exp(math.Log(least) * (1 - float64(k)/(grid-1)))
		p := point{d, c.at(d)}
		for len(hull) > 0 && hull[len(hull)-1].error <= p.error && k < grid-1 {
			// More weights and no smaller error: noise, which the hull leaves out.
			p.error = hull[len(hull)-1].error
			break
		}
		for len(hull) > 1 {
			a, b := hull[len(hull)-2], hull[len(hull)-1]
			if (b.error-a.error)*(p.density-b.density) < (p.error-b.error)*(b.density-a.density) {
				break
			}
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, p)
	}
	return hull
}

// at is the error at a density.
func (c *Curve) at(density float64) float64 {
	n := len(c.Densities)
	if density >= c.Densities[0] {
		return c.Errors[0]
	}
	for k := 1; k < n; k++ {
		if density < c.Densities[k] && k < n-1 {
			continue
		}
		hi, lo := c.Densities[k-1], c.Densities[k]
		a, b := c.Errors[k-1], c.Errors[k]
		if !(a > 0 && b > 0) {
			return a + (b-a)*(hi-density)/(hi-lo)
		}
		return math.Exp(math.Log(a) + (math.Log(b)-math.Log(a))*math.Log(hi/density)/math.Log(hi/lo))
	}
	return c.Errors[n-1]
}
