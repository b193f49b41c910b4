package runtime

import (
	goruntime "runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// crew is the pool of goroutines that all sessions of the process share: one fewer than there are
// processors, because the caller works too. They are started once and never end.
var crew struct {
	once  sync.Once
	queue chan *job
}

// idleSpins is how often a goroutine of the crew looks for work before it sleeps. Nodes follow each
// other closely, and waking takes as long as a small node.
const idleSpins = 4000

func startCrew() {
	n := goruntime.GOMAXPROCS(0) - 1
	crew.queue = make(chan *job, 4*n) // without a crew the queue takes nothing, since jobs would stay there
	for range n {
		go func() {
			debug.SetPanicOnFault(true) // weights may lie in a file that is truncated, see graph/memory
			for {
				next().join()
			}
		}()
	}
}

// next waits for a job.
func next() *job {
	for range idleSpins {
		select {
		case j := <-crew.queue:
			return j
		default:
		}
	}
	return <-crew.queue
}

// job is work split into pieces that several goroutines take. One run uses it again and again.
type job struct {
	mu      sync.Mutex
	open    bool
	joined  int // workers that joined the current work, the owner included
	most    int
	do      func(worker, lo, hi int)
	pieces  int
	step    int
	taken   atomic.Int64
	working atomic.Int64 // goroutines of the crew still at work
	failed  any          // the value that one of the crew panicked with
}

// run does all pieces on at most the given number of workers and returns when they are done. It
// calls do with the number of the worker, which is below workers.
func (j *job) run(pieces, workers int, do func(worker, lo, hi int)) {
	workers = min(workers, pieces)
	if workers <= 1 {
		do(0, 0, pieces)
		return
	}
	crew.once.Do(startCrew)
	j.mu.Lock()
	j.do, j.pieces, j.most, j.joined, j.open = do, pieces, workers, 1, true
	j.step = max(1, pieces/(workers*4)) // a few ranges per worker, because workers share their cores with other programs
	j.taken.Store(0)
	j.mu.Unlock()
	for range workers - 1 {
		select {
		case crew.queue <- j:
		default: // all goroutines are busy
		}
	}
	defer j.finish() // even if a fault ends this worker's part
	j.take(0)
}

// finish lets nobody else join and waits for those who did. If one of them panicked, the owner
// panics with the same value.
func (j *job) finish() {
	j.mu.Lock()
	j.open = false
	j.mu.Unlock()
	for spins := 0; j.working.Load() > 0; spins++ {
		if spins > 1000 {
			goruntime.Gosched()
		}
	}
	if j.failed != nil { // nobody could recover it in the crew's goroutine
		failed := j.failed
		j.failed = nil
		panic(failed)
	}
}

// join takes part in the current work, if there is any.
func (j *job) join() {
	j.mu.Lock()
	if !j.open || j.joined >= j.most {
		j.mu.Unlock()
		return
	}
	worker := j.joined
	j.joined++
	j.working.Add(1)
	j.mu.Unlock()
	defer j.working.Add(-1)
	defer func() {
		if p := recover(); p != nil {
			j.mu.Lock()
			defer j.mu.Unlock()
			j.failed = p
		}
	}()
	j.take(worker)
}

func (j *job) take(worker int) {
	for {
		hi := int(j.taken.Add(int64(j.step)))
		lo := hi - j.step
		if lo >= j.pieces {
			return
		}
		j.do(worker, lo, min(hi, j.pieces))
	}
}
