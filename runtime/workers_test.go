package runtime

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestJobDoesEveryPieceOnce(t *testing.T) {
	var j job
	for _, workers := range []int{1, 2, 5} {
		for _, pieces := range []int{1, 2, 17, 1000} {
			seen := make([]atomic.Int32, pieces)
			j.run(pieces, workers, func(worker, lo, hi int) {
				if worker < 0 || worker >= workers {
					t.Errorf("worker %d of %d", worker, workers)
				}
				for i := lo; i < hi; i++ {
					seen[i].Add(1)
				}
			})
			for i := range seen {
				if n := seen[i].Load(); n != 1 {
					t.Fatalf("%d workers, %d pieces: piece %d was done %d times", workers, pieces, i, n)
				}
			}
		}
	}
}

// A panic on a goroutine of the crew is raised again in the caller, which may recover it. The job
// still works afterwards.
func TestJobPanicsWhereItWasAsked(t *testing.T) {
	var j job
	for range 50 {
		var elsewhere atomic.Bool
		func() {
			defer func() {
				if p := recover(); elsewhere.Load() && p != "broken" {
					t.Errorf("recovered %v", p)
				}
			}()
			j.run(100, 4, func(worker, _, _ int) {
				time.Sleep(10 * time.Microsecond)
				if worker > 0 {
					elsewhere.Store(true)
					panic("broken")
				}
			})
		}()
	}
	var done atomic.Int64
	j.run(100, 4, func(_, lo, hi int) { done.Add(int64(hi - lo)) })
	if done.Load() != 100 {
		t.Errorf("%d of 100 pieces after a panic", done.Load())
	}
}
