package convert

import (
	"fmt"
	"iter"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// feeding is where the inputs of a calibration come from: a number of samples, given in batches from any of them on.
type feeding struct {
	source  string // data or synthetic, as reports say
	samples int
	batches func(from, to, size int) iter.Seq2[dataset.Batch, error]
}

// fromFeeds gives samples that are in memory.
func fromFeeds(feeds map[string]*graph.Tensor) (feeding, error) {
	n, err := dataset.Samples(feeds)
	return feeding{"data", n, func(from, to, size int) iter.Seq2[dataset.Batch, error] {
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

// madeUp gives synthetic inputs, samples of them or as many more as fill a batch of the size that m was exported
// for. They are made in blocks, so that their number takes no memory; which inputs a sample has depends on
// its number, not on the batch or the shard it is in.
func madeUp(m *graph.Model, dims map[string]int, samples int, seed uint64) (feeding, error) {
	block := func(k int) (map[string]*graph.Tensor, error) {
		return Synthetic(m, dims, syntheticSamples, seed^uint64(k)*0x9e3779b97f4a7c15)
	}
	first, err := block(0)
	if err != nil {
		return feeding{}, err
	}
	each, err := dataset.Samples(first)
	if err != nil {
		return feeding{}, err
	}
	if each == 0 {
		return feeding{}, fmt.Errorf("no samples can be made up of inputs that have none")
	}
	if size := batchOf(m); size != batchSize {
		samples = (samples + size - 1) / size * size
	}
	return feeding{"synthetic", samples, func(from, to, size int) iter.Seq2[dataset.Batch, error] {
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
