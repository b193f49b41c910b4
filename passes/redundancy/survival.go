package redundancy

import "math"

// Survival is the probability that a network keeps at least one of M disjoint sub-networks, each of R elements, if every
// element stays with probability s: 1 - (1 - s^R)^M. The sub-networks of a real network overlap; its M and R are
// effective numbers, those of a network of disjoint ones that survives equally often.
type Survival struct {
	M float64 `json:"m"`
	R float64 `json:"r"`
	// Residual is the root mean square difference of the formula to the measured points.
	Residual float64 `json:"residual"`
}

// At is the probability at density s.
func (v Survival) At(s float64) float64 { return -math.Expm1(v.M * math.Log1p(-math.Pow(s, v.R))) }

// Point is a measured survival rate at a density.
type Point struct {
	Density float64
	Share   float64
}

// Fit finds the M of at least 1 and the R over 0 with the least sum of squares, on a grid of their logarithms that is
// refined three times around the best.
func Fit(points []Point) Survival {
	best, least := Survival{M: 1, R: 1}, math.Inf(1)
	lowM, highM, lowR, highR := 0.0, 30.0, -2.0, 9.0 // natural logarithms
	const steps = 80
	for range 4 {
		stepM, stepR := (highM-lowM)/steps, (highR-lowR)/steps
		for i := range steps + 1 {
			for k := range steps + 1 {
				v := Survival{M: math.Exp(lowM + float64(i)*stepM), R: math.Exp(lowR + float64(k)*stepR)}
				if e := v.squares(points); e < least {
					best, least = v, e
				}
			}
		}
		m, r := math.Log(best.M), math.Log(best.R)
		lowM, highM, lowR, highR = max(0, m-2*stepM), m+2*stepM, r-2*stepR, r+2*stepR
	}
	best.Residual = math.Sqrt(least / float64(max(1, len(points))))
	return best
}

func (v Survival) squares(points []Point) float64 {
	sum := 0.0
	for _, p := range points {
		if p.Density >= 1 {
			continue // the formula is 1 there, whatever the rest
		}
		d := v.At(p.Density) - p.Share
		sum += d * d
	}
	return sum
}
