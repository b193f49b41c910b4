package recovery

import (
	"hash/fnv"
	"math/rand/v2"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Folds is the reciprocal of the share of samples held out: one sample in Folds.
const Folds = 5

// batch is a run of consecutive calibration samples.
type batch struct{ first, count int }

// batchesOf counts the samples of each batch.
func batchesOf(feeds passes.Batches) []batch {
	if feeds == nil {
		return nil
	}
	out := make([]batch, feeds.Len())
	first := 0
	for i := range out {
		out[i] = batch{first, feeds.Samples(i)}
		first += out[i].count
	}
	return out
}

// split says which samples are held out.
type split struct {
	batches []batch
	every   int
}

func newSplit(batches []batch) split {
	s := split{batches: batches}
	for _, b := range batches {
		s.every += b.count
	}
	s.every = max(1, min(s.every, Folds))
	return s
}

// heldOut reports whether row r of total, in batch b, comes from a held-out sample. The rows of one
// sample are adjacent.
func (s split) heldOut(b, r, total int) bool {
	sample := s.batches[b].first + r*s.batches[b].count/total
	return sample%s.every == s.every-1
}

// heldOutOf lists the held-out samples of batch b, counted within it.
func (s split) heldOutOf(b int) (of []int) {
	for i := range s.batches[b].count {
		if (s.batches[b].first+i)%s.every == s.every-1 {
			of = append(of, i)
		}
	}
	return of
}

// HeldOut lists the samples, counted over all feeds in order, that repairs are judged on and do not
// learn from.
func HeldOut(feeds passes.Batches) []int {
	s := newSplit(batchesOf(feeds))
	var held []int
	for b := range s.batches {
		for _, i := range s.heldOutOf(b) {
			held = append(held, s.batches[b].first+i)
		}
	}
	return held
}

// sampler draws rows for one node. The same node, batch and number of rows give the same draw, so
// that both networks are read at the same places.
type sampler struct {
	seed uint64
	node uint64
}

func newSampler(seed uint64, node string) sampler {
	h := fnv.New64a()
	h.Write([]byte(node))
	return sampler{seed, h.Sum64()}
}

// draw chooses want of the total rows of batch b, spread over samples and positions.
func (s sampler) draw(b, total, want int) []int {
	return statistics.Spread(rand.New(rand.NewPCG(s.seed^s.node, uint64(b))), total, want)
}
