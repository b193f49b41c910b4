package convert

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// firstSamples is the first few samples of the feeds: as many as m was exported
// for, where that is a number.
func firstSamples(feeds map[string]*graph.Tensor, m *graph.Model) (map[string]*graph.Tensor, error) {
	n, err := dataset.Samples(feeds)
	if err != nil {
		return nil, err
	}
	want := batchOf(m)
	if want == batchSize {
		want = min(n, proofSamples)
	}
	if n < want {
		return nil, fmt.Errorf("want %d samples, have %d", want, n)
	}
	return dataset.Subset(feeds, 0, want)
}
