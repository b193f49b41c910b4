package dataset

import "github.com/pollard-dev/pollard/graph"

// Data holds samples to measure models on.
type Data struct {
	// Feeds holds arrays by input name; the first axis of each counts samples.
	Feeds map[string]*graph.Tensor
	// Labels holds one class for each sample; nil if not known.
	Labels []int
}
