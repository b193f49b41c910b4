package runtime

import (
	"cmp"
	"slices"
)

// place gives every planned slot an offset. Slots in use at the same time lie apart, others may
// share memory. The largest slots are placed first, each at the lowest offset that is free as long
// as it is needed (greedy by size; Pisarchyk and Lee, 2020, https://arxiv.org/abs/2001.03288).
func (p *program) place() {
	for _, m := range p.moves {
		if m.bound != nil {
			p.shared, p.own = max(p.shared, m.bound.Shared), max(p.own, m.bound.Own)
		}
	}
	p.lifetimes()
	p.takeOver()
	var roots []int
	for i, s := range p.slots {
		if s.kind == planned && s.in < 0 && s.size > 0 {
			roots = append(roots, i)
		}
	}
	slices.SortStableFunc(roots, func(a, b int) int { return cmp.Compare(p.slots[b].size, p.slots[a].size) })
	var placed []int // by offset
	for _, i := range roots {
		s := &p.slots[i]
		at := 0
		for _, k := range placed {
			o := p.slots[k]
			if o.first > s.last || o.last < s.first {
				continue
			}
			if at+s.size <= o.offset {
				break
			}
			at = max(at, align(o.offset+o.size))
		}
		s.offset = at
		p.memory = max(p.memory, at+s.size)
		k, _ := slices.BinarySearchFunc(placed, at, func(k, at int) int { return cmp.Compare(p.slots[k].offset, at) })
		placed = slices.Insert(placed, k, i)
	}
	for i := range p.slots {
		if s := &p.slots[i]; s.kind == planned && s.in >= 0 {
			s.offset = p.slots[p.root(i)].offset
		}
	}
}

// align rounds n up to a whole number of cache lines.
func align(n int) int { return (n + 15) &^ 15 }

// root returns the slot whose memory slot i lies in.
func (p *program) root(i int) int {
	for p.slots[i].in >= 0 {
		i = p.slots[i].in
	}
	return i
}

// lifetimes records the first and the last move that touch each slot. The model's outputs are
// needed to the end.
func (p *program) lifetimes() {
	for i := range p.slots {
		p.slots[i].first, p.slots[i].last = len(p.moves), -1
	}
	touch := func(at, move int) {
		if at >= 0 {
			s := &p.slots[at]
			s.first, s.last = min(s.first, move), max(s.last, move)
		}
	}
	for i, m := range p.moves {
		for _, o := range m.in {
			touch(o.slot, i)
		}
		for _, o := range m.out {
			touch(o.slot, i)
		}
	}
	for _, o := range p.outputs {
		touch(o.slot, len(p.moves))
	}
	for _, t := range p.taps {
		touch(t.slot, max(0, t.after-1))
	}
}

// takeOver lets outputs reuse the memory of inputs that their move is the last to read, if its
// kernel allows that.
func (p *program) takeOver() {
	for i, m := range p.moves {
		if m.bound == nil || len(m.out) == 0 {
			continue
		}
		out := m.out[0].slot
		if p.slots[out].kind != planned {
			continue
		}
		for _, k := range m.bound.InPlace {
			if k >= len(m.in) || m.in[k].slot < 0 {
				continue
			}
			in := p.root(m.in[k].slot)
			s := &p.slots[in]
			if s.kind != planned || s.last != i || s.size != p.slots[out].size || p.readElsewhere(m, k) {
				continue
			}
			p.slots[out].in = in
			s.last = max(s.last, p.slots[out].last)
			break
		}
	}
}

// readElsewhere reports whether another input of the move lies in the memory of input k.
func (p *program) readElsewhere(m move, k int) bool {
	for i, o := range m.in {
		if i != k && o.slot >= 0 && p.root(o.slot) == p.root(m.in[k].slot) && !slices.Contains(m.bound.InPlace, i) {
			return true
		}
	}
	return false
}
