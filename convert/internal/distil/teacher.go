package distil

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// teacher computes what the original answers, for batches of any samples. What it has computed is held if that fits in
// memory.
type teacher struct {
	session *runtime.Session
	matches []match
	data    dataset.Source
	inputs  map[string]*graph.Tensor // of all samples; nil if they do not fit
	held    [][][]float32            // by match and sample; nil if they do not fit
}

// room is how much a teacher may hold: bytes, of which the inputs of one sample take some, and its answers.
type room struct {
	bytes, sample, answers int64
	holds                  bool // answers can be held: samples are always the same
}

// newTeacher prepares a teacher that holds what fits.
func newTeacher(original *graph.Model, all []match, data dataset.Source, threads int, in room) (*teacher, error) {
	var taps []*graph.Value
	for _, m := range all {
		taps = append(taps, m.teacher)
	}
	s, err := runtime.Compile(original, runtime.Options{Threads: threads, Taps: taps})
	if err != nil {
		return nil, err
	}
	t := &teacher{session: s, matches: all, data: data}
	used, count := int64(0), int64(data.Count())
	if in.sample*count <= in.bytes/2 {
		numbers := make([]int, count)
		for i := range numbers {
			numbers[i] = i
		}
		if t.inputs, err = data.Read(numbers); err != nil {
			return nil, err
		}
		used = in.sample * count
	}
	if in.holds && used+in.answers*count <= in.bytes {
		t.held = make([][][]float32, len(all))
		for i := range t.held {
			t.held[i] = make([][]float32, count)
		}
	}
	return t, nil
}

// read returns the inputs of samples.
func (t *teacher) read(numbers []int) (map[string]*graph.Tensor, error) {
	if t.inputs == nil {
		return t.data.Read(numbers)
	}
	return dataset.Select(t.inputs, numbers)
}

// answer returns what the original computes for inputs, by match. If they are samples as they are, numbers says which.
func (t *teacher) answer(ctx context.Context, feeds map[string]*graph.Tensor, numbers []int) ([]*graph.Tensor, error) {
	out := make([]*graph.Tensor, len(t.matches))
	if t.held != nil && numbers != nil && t.recall(numbers, out) {
		return out, nil
	}
	_, err := t.session.Tap(ctx, feeds, func(v *graph.Value, x *graph.Tensor) error {
		for i, m := range t.matches {
			if m.teacher == v {
				y := take(x, m.kept)
				if y == x {
					y = graph.TensorOf(append([]float32(nil), graph.Data[float32](x)...), x.Shape()...)
				}
				out[i] = y
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, x := range out {
		if x == nil {
			return nil, fmt.Errorf("value %q of the original was not computed", t.matches[i].teacher.Name)
		}
		if t.held == nil || numbers == nil {
			continue
		}
		v, each := graph.Data[float32](x), x.Len()/len(numbers)
		for k, n := range numbers {
			t.held[i][n] = append([]float32(nil), v[k*each:(k+1)*each]...)
		}
	}
	return out, nil
}

// recall fills out from what is held. It returns false if something is missing.
func (t *teacher) recall(numbers []int, out []*graph.Tensor) bool {
	for i, m := range t.matches {
		var all []float32
		for _, n := range numbers {
			if t.held[i][n] == nil {
				return false
			}
			all = append(all, t.held[i][n]...)
		}
		dims := slices.Clone(m.dims)
		dims[0] = len(numbers)
		for d, k := range m.kept {
			if k != nil {
				dims[d] = len(k)
			}
		}
		out[i] = graph.TensorOf(all, dims...)
	}
	return true
}
