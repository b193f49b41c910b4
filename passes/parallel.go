package passes

import (
	"sync"
	"sync/atomic"

	"github.com/pollard-dev/pollard/graph/memory"
)

// Parallel calls f once for each task from 0 to n-1, on at most threads goroutines. If f panics, Parallel panics too,
// once the tasks under way have returned: callers that recover from a malformed model must not depend on the number of
// processors.
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
