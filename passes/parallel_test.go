package passes

import (
	"sync/atomic"
	"testing"
)

func TestParallelPanicsWhereItWasCalled(t *testing.T) {
	for _, threads := range []int{1, 2, 8} {
		var done atomic.Int64
		func() {
			defer func() {
				if r := recover(); r != "task 3" {
					t.Errorf("%d threads: recovered %v", threads, r)
				}
			}()
			Parallel(threads, 100, func(i int) {
				if i == 3 {
					panic("task 3")
				}
				done.Add(1)
			})
			t.Errorf("%d threads: no panic", threads)
		}()
		if n := done.Load(); n >= 99 {
			t.Errorf("%d threads: %d other tasks were done", threads, n)
		}
	}
	var sum atomic.Int64
	Parallel(4, 100, func(i int) { sum.Add(int64(i)) })
	if sum.Load() != 4950 {
		t.Errorf("sum %d", sum.Load())
	}
}
