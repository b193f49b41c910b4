package sparsity

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Pattern{
		"unstructured": {Name: "unstructured", Rows: 1, Cols: 1},
		"4x1":          {Name: "4x1", Rows: 4, Cols: 1},
		"2x8":          {Name: "2x8", Rows: 2, Cols: 8},
		"2:4":          {Name: "2:4", Rows: 1, Cols: 1, Keep: 2, Of: 4},
	} {
		if p, err := Parse(text); err != nil || p != want {
			t.Errorf("%s: want %+v, have %+v (%v)", text, want, p, err)
		}
	}
	for text, want := range map[string]string{
		"": "want one of", "4y1": "want one of", "4x": "want one of", "0x1": "from 1 to", "4x99999999": "from 1 to",
		"4:4": "fewer to stay", "4:2": "fewer to stay", "2:4:8": "want one of", "-1:4": "from 1 to", "99999999999999999999x1": "want one of",
	} {
		if p, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error with %q, have %+v and %v", text, want, p, err)
		}
	}
}

// Every criterion's choice holds the pattern and keeps as much as is wanted, at any density, and no output loses everything.
func TestChoicesHoldThePattern(t *testing.T) {
	for _, name := range []string{"unstructured", "4x1", "3x2", "1x4", "2:4", "1:3"} {
		p, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, criterion := range Criteria() {
			c, _ := Lookup(criterion)
			for _, work := range []float64{0, 1} { // exact, and as large matrices are
				for _, density := range []float64{0.9, 0.5, 0.2, 0.01} {
					m := random(rand.New(rand.NewPCG(3, 4)), 10, 36)
					m.Work = work
					mask, err := c.Choose(m, p, density, 2)
					if err != nil {
						t.Fatal(err)
					}
					mask.Apply(m.Weights)
					if !p.Holds(m.Weights, m.Outs, m.Cols) {
						t.Errorf("%s, %s, density %g: the pattern does not hold", name, criterion, density)
					}
					wanted := density * 360
					if p.Fixed() {
						wanted = p.Density() * 360
					}
					slack := float64(p.Rows * p.Cols)
					if work > 0 {
						slack *= 3 // a sweep counts blocks, and those at the edges are smaller
					}
					if n := float64(mask.staying()); density > 0.1 && math.Abs(n-wanted) > slack {
						t.Errorf("%s, %s, density %g: want %g weights, have %g", name, criterion, density, wanted, n)
					}
					for b, kept := range mask.Kept {
						if len(kept) == 0 {
							t.Errorf("%s, %s, density %g: row %d lost everything", name, criterion, density, b)
						}
					}
				}
			}
		}
	}
}

// staying counts the weights that stay.
func (m *Mask) staying() int {
	n := 0
	for b, kept := range m.Kept {
		from, to := m.Pattern.rows(b, m.Outs)
		n += len(kept) * (to - from)
	}
	return n
}
