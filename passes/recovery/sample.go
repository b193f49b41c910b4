package recovery

import (
	"hash/fnv"
	"math/rand/v2"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Folds is the reciprocal of the share of samples held out: one sample in Folds.
const Folds = 5

// batch is a run of consecutive calibration samples.
type batch struct{ first, count int }

// batchesOf counts the samples of each batch by the first axis of its inputs.
func batchesOf(inputs []*graph.Value, feeds []map[string]*graph.Tensor) []batch {
	out := make([]batch, len(feeds))
	first := 0
	for i, f := range feeds {
		count := 1
		for _, v := range inputs {
			if t := f[v.Name]; t != nil && t.Rank() > 0 {
				count = t.Shape()[0]
				break
			}
		}
		out[i] = batch{first, count}
		first += count
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

// HeldOut lists the samples, counted over all feeds in order, that repairs are judged on and do not
// learn from.
func HeldOut(inputs []*graph.Value, feeds []map[string]*graph.Tensor) []int {
	s := newSplit(batchesOf(inputs, feeds))
	var held []int
	for _, b := range s.batches {
		for i := b.first; i < b.first+b.count; i++ {
			if i%s.every == s.every-1 {
				held = append(held, i)
			}
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
