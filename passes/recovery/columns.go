package recovery

// columns relates one group of a cut node to the original's columns.
type columns struct {
	group         int   // of the original
	outs          []int // the group's outputs, counted over all groups of the original
	kept, removed []int // columns of the original's group
}

// columns finds which columns of the original remain in a group of the cut node. It returns nil if
// the group combines several groups of the original.
func (p *problem) columns(g int) *columns {
	full := p.full
	if p.Taps != full.Taps || p.Operand != full.Operand {
		return nil
	}
	c := &columns{}
	each, before := p.Cols/p.Taps, full.Cols/full.Taps
	var ok bool
	inputs := positions(p.Analysis.Kept(p.Plan, full.X(), full.In), g*each, each)
	if c.group, ok = sameGroup(inputs, before); !ok {
		return nil
	}
	c.outs = positions(p.kept, g*p.Outs, p.Outs)
	if of, ok := sameGroup(c.outs, full.Outs); !ok || of != c.group {
		return nil
	}
	left := make([]bool, before)
	for _, at := range inputs {
		left[at%before] = true
	}
	for i, l := range left {
		for t := range full.Taps {
			if l {
				c.kept = append(c.kept, i*full.Taps+t)
			} else {
				c.removed = append(c.removed, i*full.Taps+t)
			}
		}
	}
	return c
}

// positions selects count of the kept positions; nil stands for all positions.
func positions(kept []int, from, count int) []int {
	if kept != nil {
		if from+count > len(kept) {
			return nil
		}
		return kept[from:][:count]
	}
	all := make([]int, count)
	for i := range all {
		all[i] = from + i
	}
	return all
}

// sameGroup returns the group that contains all the positions, if one of that size does.
func sameGroup(at []int, each int) (int, bool) {
	for _, i := range at {
		if i/each != at[0]/each {
			return 0, false
		}
	}
	if len(at) == 0 || each == 0 {
		return 0, false
	}
	return at[0] / each, true
}
