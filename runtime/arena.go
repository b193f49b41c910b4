package runtime

import (
	"math/bits"
	"sync"

	"github.com/pollard-dev/pollard/graph"
)

// arena keeps the float32 buffers that runs have returned, by size class.
type arena struct {
	mu   sync.Mutex
	free map[int][][]float32
}

func newArena() *arena { return &arena{free: map[int][][]float32{}} }

// class rounds a number of elements up to one of four steps per power of two. Buffers can then be
// reused when extents change, and at most a fifth is wasted.
func class(n int) int {
	if n <= 64 {
		return 64
	}
	step := 1 << (bits.Len(uint(n-1)) - 3)
	return (n + step - 1) / step * step
}

func (a *arena) get(n int) []float32 {
	c := class(n)
	a.mu.Lock()
	defer a.mu.Unlock()
	if list := a.free[c]; len(list) > 0 {
		b := list[len(list)-1] // the last one freed is the most likely to be in cache
		a.free[c] = list[:len(list)-1]
		return b[:n]
	}
	return make([]float32, n, c)
}

func (a *arena) put(b []float32) {
	b = b[:cap(b)]
	a.mu.Lock()
	defer a.mu.Unlock()
	a.free[len(b)] = append(a.free[len(b)], b)
}

// ledger is one run's share of an arena. It counts the live values in each buffer, views included.
// It implements buffers.
type ledger struct {
	arena *arena
	mu    sync.Mutex
	out   map[*float32]*loan
}

// loan is a buffer that a run holds.
type loan struct {
	buffer []float32
	values int
}

func newLedger(a *arena) *ledger { return &ledger{arena: a, out: map[*float32]*loan{}} }

// Get implements buffers.
func (l *ledger) Get(n int) []float32 {
	if n == 0 {
		return []float32{}
	}
	b := l.arena.get(n)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out[&b[0]] = &loan{buffer: b}
	return b
}

// Put implements buffers.
func (l *ledger) Put(b []float32) {
	if len(b) == 0 {
		return
	}
	l.mu.Lock()
	held := l.out[&b[0]]
	delete(l.out, &b[0])
	l.mu.Unlock()
	if held != nil {
		l.arena.put(held.buffer)
	}
}

// hold counts the value t as lying in its buffer.
func (l *ledger) hold(t *graph.Tensor) {
	for _, item := range items(t) {
		l.hold(item)
	}
	if held := l.loan(t); held != nil {
		held.values++
	}
}

// release returns t's buffer to the arena when no other value lies in it.
func (l *ledger) release(t *graph.Tensor) {
	for _, item := range items(t) {
		l.release(item)
	}
	held := l.loan(t)
	if held == nil {
		return
	}
	if held.values--; held.values <= 0 {
		l.Put(held.buffer)
	}
}

// forget leaves t's buffer to the owner of t: the arena does not get it back.
func (l *ledger) forget(t *graph.Tensor) {
	for _, item := range items(t) {
		l.forget(item)
	}
	if held := l.loan(t); held != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.out, &held.buffer[0])
	}
}

// items returns the tensors of t if it is a sequence. Each has its own buffer.
func items(t *graph.Tensor) []*graph.Tensor {
	if t == nil {
		return nil
	}
	return t.Items()
}

// loan returns the buffer that t lies in, or nil if it is not the arena's.
func (l *ledger) loan(t *graph.Tensor) *loan {
	if t == nil || t.DType() != graph.Float32 || t.Len() == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out[&graph.Data[float32](t)[0]]
}

// heap allocates memory that is never reused, for values that outlive a run.
type heap struct{}

func (heap) Get(n int) []float32 { return make([]float32, n) }
func (heap) Put([]float32)       {}
