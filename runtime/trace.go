package runtime

import (
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Event is one node computed in one run, with the nodes after it that were computed together with
// it, or a reordering of data that it reads.
type Event struct {
	Node     *graph.Node
	Kernel   string // "reference" where graph/op's evaluation computed it, "reorder" where numbers were only moved
	Duration time.Duration
}

// reorders is the kernel name of moves that reorder data. Their node is the one that needs the
// other order.
const reorders = "reorder"

// what names what the time went to.
func (e Event) what() string {
	if e.Kernel == reorders {
		return "(" + reorders + ")"
	}
	return e.Node.OpName()
}

// macs returns the number of multiply-accumulates of the event. It returns known == false if the
// extents of the node's values are not known.
func (e Event) macs() (n int64, known bool) {
	d := op.Lookup(e.Node)
	if e.Kernel == reorders || d == nil || d.Cost == nil {
		return 0, true
	}
	k, known := d.Cost(e.Node).MACs.Int64()
	return k, known
}
