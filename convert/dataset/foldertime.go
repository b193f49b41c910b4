package dataset

import (
	goruntime "runtime"
	"sync"
	"sync/atomic"

	"github.com/pollard-dev/pollard/graph/memory"
)

// parallel calls do for 0 to n-1, on as many goroutines as the options allow.
func (t *tree) parallel(n int, do func(i int)) {
	threads := t.threads
	if threads < 1 {
		threads = goruntime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(threads, n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

// room bounds the memory that pictures take while they are decoded, however many threads there are.
// A picture that is larger than the bound is decoded alone.
type room struct {
	of   int64
	mu   sync.Mutex
	free sync.Cond
	used int64
}

// mostDecoded is the bound: a few large photographs.
const mostDecoded = 512 << 20

func newRoom() *room {
	r := &room{of: min(mostDecoded, memory.Limit(0).Bytes()/2)}
	r.free.L = &r.mu
	return r
}

func (r *room) enter(bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.used > 0 && r.used+bytes > r.of {
		r.free.Wait()
	}
	r.used += bytes
}

func (r *room) leave(bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used -= bytes
	r.free.Broadcast()
}

// cache holds the first pictures that were preprocessed, a byte a channel: calibration reads the same
// few hundred over and over.
type cache struct {
	left atomic.Int64 // pictures that there is room for
	held sync.Map     // of sample numbers to bytes
}

// mostCached bounds the bytes of pictures that are held.
const mostCached = 64 << 20

func newCache(each int) *cache {
	c := &cache{}
	c.left.Store(min(mostCached, memory.Limit(0).Bytes()/16) / int64(max(1, each)))
	return c
}

func (c *cache) get(sample int) []byte {
	if b, ok := c.held.Load(sample); ok {
		return b.([]byte)
	}
	return nil
}

func (c *cache) put(sample int, b []byte) {
	if c.left.Add(-1) < 0 {
		c.left.Add(1)
		return
	}
	if _, twice := c.held.LoadOrStore(sample, b); twice {
		c.left.Add(1)
	}
}
