package recovery

import (
	"errors"
	"slices"

	"github.com/pollard-dev/pollard/passes"
)

// mostKept is how many numbers of slabs are kept, for those that are used again.
const mostKept = 1 << 25

// slab is some rows of one group. The columns of x are ld apart from row to row and end with ones
// where the node has a bias. Want is what the original has at the node, have what the cut network
// has there with the weights as they are, both with the stream that the result is added to.
type slab struct {
	rows, ld      int
	x, want, have []float64
}

// rows are some rows of each batch, and the slabs that were made of them for each group, if those are kept.
type rows struct {
	of    [][]int
	slabs [][]*slab
}

func newRows(batches, groups int) rows { return rows{make([][]int, batches), make([][]*slab, groups)} }

// part is some rows of one batch.
type part struct {
	batch int
	rows  []int
}

// parts are all rows, as many of one batch at a time as may be held in float64.
func (r rows) parts(cols int) []part {
	var all []part
	for b, drawn := range r.of {
		for rows := range slices.Chunk(drawn, max(64, chunk/cols)) {
			all = append(all, part{b, rows})
		}
	}
	return all
}

// visit goes over rows of one group, a slab at a time, always in the same order. A fit comes back to its rows many times, so that slabs
// are kept where they fit memory, and made on all threads.
func (p *problem) visit(group int, over rows, f func(*slab)) error {
	slabs := over.slabs[group]
	if slabs == nil {
		parts, each := over.parts(p.Cols+1), max(1, p.threads())
		numbers := 0
		for _, t := range parts {
			numbers += len(t.rows) * (p.Cols + 1 + 2*p.Outs)
		}
		if p.Groups > 1 {
			numbers *= max(1, p.Threads)
		}
		if numbers > mostKept {
			return p.pass(group, parts, each, f)
		}
		err := p.pass(group, parts, each, func(s *slab) { slabs = append(slabs, s) })
		if err != nil {
			return err
		}
		over.slabs[group] = slabs
	}
	for _, s := range slabs {
		f(s)
	}
	return nil
}

// pass makes so many slabs at a time.
func (p *problem) pass(group int, parts []part, each int, f func(*slab)) error {
	for some := range slices.Chunk(parts, each) {
		slabs, errs := make([]*slab, len(some)), make([]error, len(some))
		passes.Parallel(each, len(some), func(i int) { slabs[i], errs[i] = p.slab(some[i].batch, group, some[i].rows) })
		if err := errors.Join(errs...); err != nil {
			return err
		}
		for _, s := range slabs {
			f(s)
		}
	}
	return nil
}

// slab collects the rows of a batch.
func (p *problem) slab(b, group int, rows []int) (*slab, error) {
	s := &slab{rows: len(rows), ld: p.Cols + p.ones()}
	s.x = make([]float64, s.rows*s.ld)
	if err := p.Read(s.x, s.ld, p.operands[b], group, rows); err != nil {
		return nil, err
	}
	s.want, s.have = make([]float64, s.rows*p.Outs), make([]float64, s.rows*p.Outs)
	p.targets(s.want, s.have, b, group, rows)
	p.predict(s.have, s.x, s.ld, group, s.rows)
	if p.ones() == 1 {
		for i := range rows {
			s.x[i*s.ld+p.Cols] = 1
		}
	}
	if !p.whole { // the ones alone
		s.x, s.ld = slices.Repeat([]float64{1}, s.rows), 1
	}
	return s, nil
}
