package runtime

import (
	"time"

	"github.com/pollard-dev/pollard/graph"
)

// Event is one node computed in one run.
type Event struct {
	Node     *graph.Node
	Kernel   string // "reference" where graph/op's evaluation computed it
	Duration time.Duration
}
