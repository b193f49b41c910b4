package redundancy

import (
	"math"
	"math/rand/v2"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// Functional is a set of units that one of them can replace: a representative, and the units that correlate most with
// it.
type Functional struct {
	Representative int
	Units          []int // the representative first
}

// Functionals chooses representatives, always the unit that those before explain least, until they explain at least the
// given fraction of the variance of every unit. This is pivoted elimination, like a Cholesky factorization that stops at
// the numerical rank, and their number is that rank. silent lists the units that never vary.
func (r *Responses) Functionals(explained float64) (all []Functional, silent []int) {
	n := r.Units
	rest := make([]float64, n) // of each unit's variance
	for u := range n {
		if rest[u] = r.Correlation[u*n+u]; rest[u] == 0 {
			silent = append(silent, u)
		}
	}
	var rows [][]float64
	for {
		p := 0
		for u := range n {
			if rest[u] > rest[p] {
				p = u
			}
		}
		if n == 0 || rest[p] <= 1-explained {
			break
		}
		row, pivot := make([]float64, n), math.Sqrt(rest[p])
		for u := range n {
			x := r.Correlation[p*n+u]
			for _, before := range rows {
				x -= before[p] * before[u]
			}
			row[u] = x / pivot
			rest[u] = max(0, rest[u]-row[u]*row[u])
		}
		rest[p] = 0
		rows = append(rows, row)
		all = append(all, Functional{p, []int{p}})
	}
	r.assign(all)
	return all, silent
}

// assign gives each other unit to the representative that it correlates with most.
func (r *Responses) assign(all []Functional) {
	n := r.Units
	taken := make([]bool, n)
	for _, f := range all {
		taken[f.Representative] = true
	}
	for u := range n {
		if taken[u] || r.Correlation[u*n+u] == 0 || len(all) == 0 {
			continue
		}
		best, most := 0, -1.0
		for i, f := range all {
			if x := math.Abs(r.Correlation[u*n+f.Representative]); x > most {
				best, most = i, x
			}
		}
		all[best].Units = append(all[best].Units, u)
	}
}

// Deaths drops every unit with probability q in each of many random draws. It returns how often all units of each
// functional are gone, and how often the remaining units explain less than the given fraction of its representative.
func (r *Responses) Deaths(all []Functional, explained, q float64, draws int, random *rand.Rand) (gone, lost []float64, err error) {
	gone, lost = make([]float64, len(all)), make([]float64, len(all))
	n := r.Units
	for range draws {
		var kept []int
		alive := make([]bool, n)
		for u := range n {
			if alive[u] = random.Float64() >= q; alive[u] && r.Correlation[u*n+u] > 0 {
				kept = append(kept, u)
			}
		}
		factor, err := r.factor(kept)
		if err != nil {
			return nil, nil, err
		}
		for i, f := range all {
			if !anyOf(alive, f.Units) {
				gone[i] += 1 / float64(draws)
			}
			if !alive[f.Representative] && r.explains(factor, kept, f.Representative) < explained {
				lost[i] += 1 / float64(draws)
			}
		}
	}
	return gone, lost, nil
}

func anyOf(set []bool, of []int) bool {
	for _, u := range of {
		if set[u] {
			return true
		}
	}
	return false
}

// ridge is added to correlations of units that copy each other, which are singular.
const ridge = 1e-6

// factor factors the correlations of the kept units.
func (r *Responses) factor(kept []int) (linalg.Cholesky, error) {
	n := len(kept)
	a := make([]float64, n*n)
	for i, u := range kept {
		for j, v := range kept {
			a[i*n+j] = r.Correlation[u*r.Units+v]
		}
	}
	return linalg.FactorizeDamped(a, n, ridge)
}

// explains is the fraction of the variance of unit u that the best linear combination of the kept units explains.
func (r *Responses) explains(factor linalg.Cholesky, kept []int, u int) float64 {
	z, part := make([]float64, len(kept)), 0.0
	for i, v := range kept {
		z[i] = r.Correlation[u*r.Units+v]
	}
	factor.SolveFactor(z, 1)
	for _, x := range z {
		part += x * x
	}
	return part
}
