package dataset

import "github.com/pollard-dev/pollard/graph"

// Data is samples to measure models on.
type Data struct {
	// Feeds by input; the first axis of each counts samples.
	Feeds map[string]*graph.Tensor
	// Labels has one class for each sample; nil when they are not known.
	Labels []int
}
