package recovery

import (
	"errors"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// mostKept bounds the numbers in the slabs that are kept for reuse.
const mostKept = 1 << 26

// slab holds some rows of one group. The rows of x are ld apart and end with a one if the node has
// a bias. want is what the original computes at the node, and have what the cut network computes
// there with the present weights. Both include the stream that the result is added to.
type slab struct {
	rows, ld      int
	x, want, have []float32
	buffers       [3]*[]float32 // that they are in
}

// release makes the slab's memory available for others.
func (s *slab) release() {
	for _, b := range s.buffers {
		linalg.GiveBack(b)
	}
	*s = slab{}
}

// rows selects rows of each batch. It also holds the slabs made of them for each group, if those
// are kept.
type rows struct {
	of      [][]int
	slabs   [][]*slab
	bundles *bundles
}

func newRows(batches, groups int) rows {
	return rows{make([][]int, batches), make([][]*slab, groups), &bundles{}}
}

// anew returns the same rows without the slabs made of them.
func (r rows) anew() rows { return rows{r.of, make([][]*slab, len(r.slabs)), r.bundles} }

// release forgets the slabs of a group.
func (r rows) release(group int) {
	for _, s := range r.slabs[group] {
		s.release()
	}
	r.slabs[group] = nil
}

// part holds some rows of one batch.
type part struct {
	batch int
	rows  []int
	// origins are the indices of output 0 of each row in what the original computes, and places
	// those in the cut network's stream. step and placeStep are the distances between outputs of a
	// row.
	origins, places []int
	step, placeStep int
}

// bundles divides rows into parts and groups the parts that share one slab. They are the same for
// all groups of a node.
type bundles struct {
	once sync.Once
	all  [][]part
}

// partRows is the most rows of a part, which one thread reads.
const partRows = 1024

// parts divides the rows into parts of one batch each, with no more rows than may be held in
// float64.
func (r rows) parts(cols int) []part {
	var all []part
	for b, drawn := range r.of {
		for rows := range slices.Chunk(drawn, max(64, min(partRows, chunk/cols))) {
			all = append(all, part{batch: b, rows: rows})
		}
	}
	return all
}

// bundled returns the parts of the rows, slab by slab.
func (p *problem) bundled(over rows) [][]part {
	over.bundles.once.Do(func() {
		numbers, parts := chunk, over.parts(p.Cols+1)
		passes.Parallel(p.Threads, len(parts), func(i int) { p.locate(&parts[i]) })
		for _, t := range parts {
			n := len(t.rows) * (p.Cols + 1)
			if numbers+n > chunk {
				over.bundles.all, numbers = append(over.bundles.all, nil), 0
			}
			last := len(over.bundles.all) - 1
			over.bundles.all[last], numbers = append(over.bundles.all[last], t), numbers+n
		}
	})
	return over.bundles.all
}

// visit calls f for each slab of the rows of one group, always in the same order. A fit visits its
// rows many times, so slabs are kept if they fit in memory.
func (p *problem) visit(group int, over rows, f func(*slab)) error {
	slabs := over.slabs[group]
	if slabs == nil {
		numbers := 0
		for _, b := range over.of {
			numbers += len(b) * (p.Cols + 1 + 2*p.Outs)
		}
		if p.Groups > 1 {
			numbers *= max(1, p.Threads)
		}
		for _, parts := range p.bundled(over) {
			s, err := p.slab(group, parts)
			if err != nil {
				return err
			}
			if numbers > mostKept {
				f(s)
				s.release()
			} else {
				slabs = append(slabs, s)
			}
		}
		over.slabs[group] = slabs
	}
	for _, s := range slabs {
		f(s)
	}
	return nil
}

// slab reads the rows of some parts.
func (p *problem) slab(group int, parts []part) (*slab, error) {
	s := &slab{ld: p.Cols + p.ones()}
	from := make([]int, len(parts))
	for i, t := range parts {
		from[i] = s.rows
		s.rows += len(t.rows)
	}
	for i, n := range []int{s.rows * s.ld, s.rows * p.Outs, s.rows * p.Outs} {
		s.buffers[i] = linalg.Borrow(n)
	}
	s.x, s.want, s.have = *s.buffers[0], *s.buffers[1], *s.buffers[2]
	errs := make([]error, len(parts))
	weights := p.factor(group)
	passes.Parallel(p.threads(), len(parts), func(i int) {
		x, at, n := s.x[from[i]*s.ld:], from[i]*p.Outs, len(parts[i].rows)
		if errs[i] = p.Read(x, s.ld, p.operands[parts[i].batch], group, parts[i].rows); errs[i] != nil {
			return
		}
		have := s.have[at:][:n*p.Outs]
		p.targets(s.want[at:], have, group, &parts[i])
		weights.AddProduct(linalg.OfSingle(have, n, p.Outs, p.Outs), linalg.OfSingle(x, n, p.Cols, s.ld))
		if p.ones() == 1 {
			for r := range n {
				x[r*s.ld+p.Cols] = 1
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if !p.whole { // only the ones
		s.x, s.ld = s.x[:s.rows], 1
		for i := range s.x {
			s.x[i] = 1
		}
	}
	return s, nil
}

// spans calls f for each span of the slab's rows and returns the number of spans. The spans do not
// depend on the number of threads.
func (s *slab) spans(threads int, f func(i, lo, hi int)) int {
	n := (s.rows + partRows - 1) / partRows
	passes.Parallel(threads, n, func(i int) { f(i, i*partRows, min(s.rows, (i+1)*partRows)) })
	return n
}
