package kernel

import (
	"sync"

	"github.com/pollard-dev/pollard/graph"
)

// Weights keeps what kernels made of constants, so that it is made once however many extents a model is run
// for. The zero value is ready.
type Weights struct {
	mu   sync.Mutex
	made map[weightKey][]float32
}

// weightKey is a constant and the form it was brought into.
type weightKey struct {
	from *graph.Tensor
	form any
}

// of gives t in a form, which make makes the first time. A form is comparable and says all that make depends on but t.
func (w *Weights) of(t *graph.Tensor, form any, make func() []float32) []float32 {
	if w == nil {
		return make()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	k := weightKey{t, form}
	if v, ok := w.made[k]; ok {
		return v
	}
	if w.made == nil {
		w.made = map[weightKey][]float32{}
	}
	v := make()
	t.Forget()
	w.made[k] = v
	return v
}

// Bytes is how much memory what was made takes.
func (w *Weights) Bytes() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := int64(0)
	for _, v := range w.made {
		n += 4 * int64(len(v))
	}
	return n
}
