package lossless

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/pollard-dev/pollard/passes/group"
)

const (
	// mostProducts bounds the multiplications for one group.
	mostProducts = 1 << 33
	// mostGrowth bounds how much larger the parts of a combination may be than the whole. Beyond that, rounding errors
	// show.
	mostGrowth = 100
)

// combinations finds units that are linear combinations of earlier ones, the same combination wherever they are read.
// The outputs of a group's writers reach its readers through sums alone, so this is the case if the rows of their
// weights, side by side, are dependent. The units that are left after single ones were removed are orthogonalised in
// order (modified Gram-Schmidt, each row twice). One that leaves no remainder is folded into those before it.
func (r *reduction) combinations(g *group.Group, u uses, left []bool) []Finding {
	c := r.stack(u, left)
	if c == nil {
		return nil
	}
	var found []Finding
	for unit := range left {
		if !left[unit] {
			continue
		}
		coefs, ok := c.dependent(unit)
		if !ok {
			continue
		}
		f := Finding{Group: g, Unit: unit, Kind: Combination}
		for i := range u.readings {
			e := expression{}
			for j, k := range c.basis {
				if coefs[j] != 0 {
					e.of, e.by = append(e.of, c.at[i][k]), append(e.by, coefs[j])
				}
			}
			if read := u.readings[i]; read.takesConstant {
				e.c = c.constants[i][unit]
				for j, k := range c.basis {
					e.c -= coefs[j] * c.constants[i][k]
				}
			}
			u.readings[i].fold(c.at[i][unit], e)
		}
		for j, k := range c.basis {
			if coefs[j] != 0 {
				f.Into = append(f.Into, k)
			}
		}
		found = append(found, f)
	}
	return found
}

// stacked is the rows of the units of a group.
type stacked struct {
	rows      map[int][]float64
	blocks    []int             // where the columns of each reading end
	at        []map[int]int     // position of each unit, by reading
	constants []map[int]float64 // what each unit adds beyond its row, by reading

	basis []int // units whose rows are independent
	q     [][]float64
	r     [][]float64 // rows[basis[i]] = sum over j <= i of r[i][j] q[j]
}

// stack writes the rows of the units that are left. It returns nil if they cannot be dependent.
func (r *reduction) stack(u uses, left []bool) *stacked {
	if len(u.products) > 0 || len(u.readings) == 0 {
		return nil
	}
	var units []int
	for unit, l := range left {
		if l {
			units = append(units, unit)
		}
	}
	c := &stacked{rows: map[int][]float64{}}
	var parts []block
	width := 0
	for i, read := range u.readings {
		at := r.places(read, u.units[i], left)
		if len(at) != len(units) {
			return nil
		}
		b := r.facts.block(read, at, units)
		width += len(b.columns) + 1 // one for the constant
		if int64(len(units))*int64(len(units))*int64(width) > mostProducts || len(units)*width > mostCoefs {
			return nil
		}
		c.at, c.blocks, c.constants = append(c.at, at), append(c.blocks, width), append(c.constants, b.constants)
		parts = append(parts, b)
	}
	for _, unit := range units {
		row := make([]float64, width)
		for i, from := range c.starts() {
			for a, x := range parts[i].terms[unit] {
				row[from+parts[i].columns[a]] = x
			}
			if !u.readings[i].takesConstant { // otherwise the bias makes up for it
				row[c.blocks[i]-1] = c.constants[i][unit]
			}
		}
		c.rows[unit] = row
	}
	return c
}

// places returns the position of each unit that is left. It is nil if a unit has several, or if fewer than two are sums
// of others, so that none can depend on the rest.
func (r *reduction) places(read *reading, owners []int, left []bool) map[int]int {
	if read.Groups != 1 || !read.exact {
		return nil
	}
	at, forms := map[int]int{}, 0
	for p, unit := range owners {
		if unit < 0 || !left[unit] || read.gone[p] {
			continue
		}
		if _, twice := at[unit]; twice {
			return nil
		}
		at[unit] = p
		if r.facts.forms[read.slices[p].sym] != nil {
			forms++
		}
	}
	if forms < 2 {
		return nil
	}
	return at
}

// block is what one reading reads of each unit, in atoms and a number.
type block struct {
	columns   map[symbol]int
	terms     map[int]map[symbol]float64
	constants map[int]float64
}

func (f *facts) block(read *reading, at map[int]int, units []int) block {
	b := block{map[symbol]int{}, map[int]map[symbol]float64{}, map[int]float64{}}
	for _, unit := range units {
		b.terms[unit] = map[symbol]float64{}
		var order []symbol
		b.constants[unit] = f.expand(read.slices[at[unit]], 1, b.terms[unit], &order)
		for _, a := range order {
			if _, ok := b.columns[a]; !ok {
				b.columns[a] = len(b.columns)
			}
		}
	}
	return b
}

// expand adds by times s, in atoms, to terms, and returns the constant part. order lists new atoms.
func (f *facts) expand(s slice, by float64, terms map[symbol]float64, order *[]symbol) float64 {
	by *= s.scale
	if s.sym == one {
		return by
	}
	what := f.forms[s.sym]
	if what == nil {
		if _, ok := terms[s.sym]; !ok {
			*order = append(*order, s.sym)
		}
		terms[s.sym] += by
		return 0
	}
	c := by * what.c
	for i, a := range what.atoms {
		switch {
		case what.coefs[i] == 0:
		case what.sum:
			c += f.expand(slice{anything, a, what.coefs[i]}, by, terms, order)
		default:
			if _, ok := terms[a]; !ok {
				*order = append(*order, a)
			}
			terms[a] += by * what.coefs[i]
		}
	}
	return c
}

// dependent expresses a unit in the basis. If that is not possible, the unit joins the basis.
func (c *stacked) dependent(unit int) ([]float64, bool) {
	row := c.rows[unit]
	size := floats.Norm(row, 2)
	remainder := slices.Clone(row)
	on := make([]float64, len(c.basis)+1)
	for range 2 {
		for j, q := range c.q {
			d := floats.Dot(q, remainder)
			on[j] += d
			floats.AddScaled(remainder, -d, q)
		}
	}
	rest := floats.Norm(remainder, 2)
	if rest <= near*size && size > 0 {
		if coefs, ok := c.solve(unit, on); ok {
			return coefs, true
		}
	}
	if rest > 1e-9*size { // a smaller remainder has no meaningful direction
		on[len(c.basis)] = rest
		floats.Scale(1/rest, remainder)
		c.basis, c.q, c.r = append(c.basis, unit), append(c.q, remainder), append(c.r, on)
	}
	return nil, false
}

// solve turns coordinates along q into coefficients of the rows of the basis, and checks them for each reading.
func (c *stacked) solve(unit int, on []float64) ([]float64, bool) {
	coefs := make([]float64, len(c.basis))
	for j := len(c.basis) - 1; j >= 0; j-- {
		x := on[j]
		for i := j + 1; i < len(c.basis); i++ {
			x -= coefs[i] * c.r[i][j]
		}
		coefs[j] = x / c.r[j][j]
	}
	row := c.rows[unit]
	size := floats.Norm(row, 2)
	left := slices.Clone(row)
	reach := make([]float64, len(c.blocks))
	grown := 0.0
	for j, k := range c.basis {
		part := math.Abs(coefs[j]) * floats.Norm(c.rows[k], 2)
		if part <= 1e-9*size {
			coefs[j] = 0
			continue
		}
		grown += part
		floats.AddScaled(left, -coefs[j], c.rows[k])
		for i, from := range c.starts() {
			reach[i] += math.Abs(coefs[j]) * floats.Norm(c.rows[k][from:c.blocks[i]], 2)
		}
	}
	for i, from := range c.starts() {
		if floats.Norm(left[from:c.blocks[i]], 2) > near*(reach[i]+floats.Norm(row[from:c.blocks[i]], 2)) {
			return nil, false
		}
	}
	return coefs, grown <= mostGrowth*size
}

func (c *stacked) starts() []int { return append([]int{0}, c.blocks[:len(c.blocks)-1]...) }
