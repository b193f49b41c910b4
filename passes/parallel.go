package passes

import (
	"sync"
	"sync/atomic"
)

// Parallel calls f once for every task from 0 to n, at most threads at a time.
func Parallel(threads, n int, f func(task int)) {
	if threads = min(threads, n); threads <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
