package kernel

import (
	"sync"

	"github.com/pollard-dev/pollard/graph"
)

// Weights caches what kernels make from constants, so that it is made once however many extents a
// model is run for. The zero value is ready to use.
type Weights struct {
	mu   sync.Mutex
	made map[weightKey]made
}

// weightKey is a constant and the form it was converted to.
type weightKey struct {
	from *graph.Tensor
	form any
}

// made is what was made from a constant, and its size in memory.
type made struct {
	what  any
	bytes int64
}

// of returns t in a form, which make computes the first time. A form is comparable and identifies
// everything but t that make depends on.
func (w *Weights) of(t *graph.Tensor, form any, make func() []float32) []float32 {
	return formed(w, t, form, func() ([]float32, int64) {
		v := make()
		return v, 4 * int64(len(v))
	})
}

// formed is Weights.of for a form of any type. Make also returns the size in memory.
func formed[T any](w *Weights, t *graph.Tensor, form any, make func() (T, int64)) T {
	if w == nil {
		v, _ := make()
		return v
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	k := weightKey{t, form}
	if m, ok := w.made[k]; ok {
		return m.what.(T)
	}
	if w.made == nil {
		w.made = map[weightKey]made{}
	}
	v, bytes := make()
	t.Forget()
	w.made[k] = made{v, bytes}
	return v
}

// Adopt moves the contents of o to w. Nobody may use o at the same time.
func (w *Weights) Adopt(o *Weights) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.made == nil {
		w.made = map[weightKey]made{}
	}
	for k, m := range o.made {
		if _, ok := w.made[k]; !ok {
			w.made[k] = m
		}
	}
}

// Bytes returns the memory that the contents take.
func (w *Weights) Bytes() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := int64(0)
	for _, m := range w.made {
		n += m.bytes
	}
	return n
}
