package samples

import (
	"fmt"
	"iter"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// Stream is where the inputs of a calibration come from: a number of samples, given in batches from any of them on.
type Stream struct {
	Source  string // data or synthetic, as reports say
	Samples int
	Batches func(from, to, size int) iter.Seq2[dataset.Batch, error]
}

// FromFeeds gives samples that are in memory.
func FromFeeds(feeds map[string]*graph.Tensor) (Stream, error) {
	n, err := dataset.Samples(feeds)
	return Stream{"data", n, func(from, to, size int) iter.Seq2[dataset.Batch, error] {
		return func(yield func(dataset.Batch, error) bool) {
			for ; from < to; from += size {
				b := dataset.Batch{First: from, Count: min(size, to-from)}
				var err error
				b.Feeds, err = dataset.Subset(feeds, from, from+b.Count)
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	}}, err
}

// MadeUp gives synthetic inputs, samples of them or as many more as fill a batch of the size that m was exported
// for. They are made in blocks, so that their number takes no memory; which inputs a sample has depends on
// its number, not on the batch or the shard it is in.
func MadeUp(m *graph.Model, dims map[string]int, samples int, seed uint64) (Stream, error) {
	block := func(k int) (map[string]*graph.Tensor, error) {
		return Synthetic(m, dims, SyntheticCount, seed^uint64(k)*0x9e3779b97f4a7c15)
	}
	first, err := block(0)
	if err != nil {
		return Stream{}, err
	}
	each, err := dataset.Samples(first)
	if err != nil {
		return Stream{}, err
	}
	if each == 0 {
		return Stream{}, fmt.Errorf("no samples can be made up of inputs that have none")
	}
	if size := BatchOf(m); size != BatchSize {
		samples = (samples + size - 1) / size * size
	}
	return Stream{"synthetic", samples, func(from, to, size int) iter.Seq2[dataset.Batch, error] {
		return func(yield func(dataset.Batch, error) bool) {
			var feeds map[string]*graph.Tensor
			for held := -1; from < to; {
				k := from / each
				b := dataset.Batch{First: from, Count: min(size, to-from, (k+1)*each-from)}
				var err error
				if k != held {
					feeds, err = block(k)
					held = k
				}
				if err == nil {
					b.Feeds, err = dataset.Subset(feeds, from-k*each, from-k*each+b.Count)
				}
				if !yield(b, err) || err != nil {
					return
				}
				from += b.Count
			}
		}
	}}, nil
}
