package kernel

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// Memory gives out float32 buffers with unspecified contents and takes them back.
// It must be safe for concurrent use.
type Memory interface {
	Get(n int) []float32
	Put([]float32)
}

// Run is what one execution of a session lends to its kernels.
type Run struct {
	Threads int // workers a kernel may use, at least 1
	Memory  Memory
	// Context ends what runs long: nodes that run subgraphs look at it between those' nodes. Nil never does.
	Context context.Context
}

// New makes a float32 tensor whose elements the kernel must all write.
func (r *Run) New(dims ...int) *graph.Tensor {
	return graph.TensorOf(r.Memory.Get(volume(dims)), dims...)
}

// Grain is the work, in elementary operations, below which another worker
// costs more than it brings.
const Grain = 1 << 15

// Parallel calls f on ranges that cover 0 to n, at most Threads at a time; cost is the elementary
// operations of one index.
func (r *Run) Parallel(n, cost int, f func(lo, hi int)) {
	workers := min(r.Threads, n, n*max(cost, 1)/Grain)
	if workers <= 1 {
		if n > 0 {
			f(0, n)
		}
		return
	}
	// A few ranges a worker, because workers share their cores with other programs.
	step := max(1, n/(workers*4))
	r.workers(workers, (n+step-1)/step, func(i int) { f(i*step, min(n, (i+1)*step)) })
}

func (r *Run) workers(workers, n int, f func(task int)) {
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	var relay memory.Relay
	loop := func() {
		for i := int(next.Add(1)) - 1; i < n && !relay.Failed(); i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	for range workers - 1 {
		wg.Go(func() { relay.Do(loop) })
	}
	relay.Do(loop) // so that no worker writes to what is the caller's any more when this one panics
	wg.Wait()
	relay.Raise()
}
