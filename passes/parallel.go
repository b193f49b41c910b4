package passes

import (
	"sync"
	"sync/atomic"
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
	var failed atomic.Pointer[any]
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					failed.CompareAndSwap(nil, &r)
				}
			}()
			for i := int(next.Add(1)) - 1; i < n && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
	if r := failed.Load(); r != nil {
		panic(*r)
	}
}
