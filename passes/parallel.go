package passes

import (
	"sync"
	"sync/atomic"

	"github.com/pollard-dev/pollard/graph/memory"
)

// Parallel calls f once for every task from 0 to n, at most threads at a time. When f panics, so does Parallel, once the tasks under way
// are done: whoever recovers from what is wrong with a model must not depend on how many processors there are.
func Parallel(threads, n int, f func(task int)) {
	if threads = min(threads, n); threads <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	var relay memory.Relay
	for range threads {
		wg.Go(func() {
			relay.Do(func() {
				for i := int(next.Add(1)) - 1; i < n && !relay.Failed(); i = int(next.Add(1)) - 1 {
					f(i)
				}
			})
		})
	}
	wg.Wait()
	relay.Raise()
}
