package samples

import (
	"fmt"
	"iter"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// Stream is a source of calibration samples that are read batch by batch, from any sample on.
type Stream struct {
	Source  string // "data" or "synthetic", as in reports
	Samples int
	Batches func(from, to, size int) iter.Seq2[dataset.Batch, error]
}

// FromSource returns a Stream of the data.
func FromSource(data dataset.Source) Stream {
	return Stream{"data", data.Count(), func(from, to, size int) iter.Seq2[dataset.Batch, error] {
		return func(yield func(dataset.Batch, error) bool) {
			for ; from < to; from += size {
				b := dataset.Batch{First: from, Count: min(size, to-from)}
				var err error
				b.Feeds, err = dataset.ReadRange(data, from, from+b.Count)
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	}}
}

// SyntheticStream returns a Stream of at least the given number of synthetic inputs, rounded up to
// whole batches if m was exported for a fixed batch. Inputs are made block by block, so their
// number takes no memory. The input of a sample depends on its index alone, not on the batch or the
// shard it falls in.
func SyntheticStream(m *graph.Model, dims map[string]int, samples int, seed uint64) (Stream, error) {
	apart, size := dataset.Apart(m.Graph.Inputs), SyntheticCount
	if apart {
		size = 1
	}
	takes := taken(m, dims)
	block := func(k int) (map[string]*graph.Tensor, error) {
		return synthetic(m, dims, takes, size, blockSeed(seed, k))
	}
	first, err := block(0)
	if err != nil {
		return Stream{}, err
	}
	each := 1
	if !apart {
		each, err = dataset.Samples(first)
	}
	if err != nil {
		return Stream{}, err
	}
	if each == 0 {
		return Stream{}, fmt.Errorf("cannot make up samples: the inputs have none")
	}
	batch := BatchOf(m)
	samples = batch.Floor(samples + batch.Step() - 1)
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
				if b.Feeds = feeds; err == nil && !apart {
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
