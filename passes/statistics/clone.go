package statistics

import "slices"

// Clone returns a copy of s. Gram.Mix and changes to the moments of the copy leave s unchanged.
// Gram matrices, which are large, are shared until Mix replaces them.
func (s *Set) Clone() *Set {
	c := &Set{Samples: s.Samples, moments: map[axisKey]*Moments{}, grams: map[string]*Gram{}}
	for k, m := range s.moments {
		c.moments[k] = &Moments{Count: m.Count, Sum: slices.Clone(m.Sum), Square: slices.Clone(m.Square), Fires: slices.Clone(m.Fires)}
	}
	for k, g := range s.grams {
		c.grams[k] = &Gram{Cols: g.Cols, Rows: g.Rows, Products: slices.Clone(g.Products), Sums: slices.Clone(g.Sums)}
	}
	if s.Held != nil {
		c.Held = s.Held.Clone()
	}
	return c
}
