package dataset

import (
	"fmt"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
)

// arrayCalls are sequences in arrays: the first axis counts them, the second the calls, and then come the
// axes of the input, of which one of extent 1 may be left out.
type arrayCalls struct {
	of     Source
	labels []int
	counts []int // of calls, by sequence

	mutex sync.Mutex
	last  int // the sequence that was read last, whose arrays are held
	held  map[string]*graph.Tensor
}

func openArrayCalls(path string, opt Options, inputs []*graph.Value) (*arrayCalls, error) {
	lifted, err := lift(inputs, func(s graph.Shape) graph.Shape {
		own := slices.Clone(s)
		if !own[0].Known() {
			own[0] = graph.Size(1) // a call is of one sample
		}
		return append(graph.Shape{graph.Symbol("sequences"), graph.Symbol("calls")}, own...)
	})
	if err != nil {
		return nil, err
	}
	a := &arrayCalls{last: -1}
	if IsFolder(path) {
		var d *Data
		if d, err = openArrayFolder(path, opt, lifted); err == nil {
			a.of, a.labels = d.Samples, d.Labels
		}
	} else {
		var f *File
		if f, err = Open(path, opt, lifted); err == nil {
			if a.of = f; f.stored.zip != nil {
				a.labels, err = f.Labels()
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w; a model with states wants arrays [sequences,calls,...], with the extents of the input behind", err)
	}
	return a, nil
}

// lengths reads headers: the files of a folder may have sequences of different lengths.
func (a *arrayCalls) lengths() ([]int, error) {
	parts := []Source{a.of}
	if c, is := a.of.(*chain); is {
		parts = c.of
	}
	a.counts = nil
	for _, s := range parts {
		none, err := s.Read(nil)
		if err != nil {
			return nil, err
		}
		calls := 0
		for _, name := range sortedNames(none) {
			if t := none[name]; t.Rank() > 0 {
				calls = t.Shape()[1]
				break
			}
		}
		for range s.Count() {
			a.counts = append(a.counts, calls)
		}
	}
	return a.counts, nil
}

// call returns one call of a sequence, which is held, because the next ones are likely of it.
func (a *arrayCalls) call(sequence, call int) (map[string]*graph.Tensor, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.last != sequence {
		feeds, err := a.of.Read([]int{sequence})
		if err != nil {
			return nil, err
		}
		a.last, a.held = sequence, feeds
	}
	out := map[string]*graph.Tensor{}
	for name, t := range a.held {
		if t.Rank() == 0 {
			out[name] = t
			continue
		}
		shape := t.Shape()[2:]
		if call < 0 {
			out[name] = graph.NewTensor(t.DType(), append([]int{0}, shape[1:]...)...)
			continue
		}
		one, err := rows(t.Reshaped(t.Shape()[1:]...), call, call+1)
		if err != nil {
			return nil, &ReadError{fmt.Errorf("input %q: %w", name, err)}
		}
		out[name] = one.Reshaped(shape...)
	}
	return out, nil
}

func (a *arrayCalls) names() []string { return nil }

// Close closes the files.
func (a *arrayCalls) Close() error { return closeSource(a.of) }
