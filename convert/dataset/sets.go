package dataset

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// Apart reports whether inputs have no first axis in common that counts samples, as those of a model
// that carries a state of another shape from call to call. One sample is then one set of all inputs.
func Apart(inputs []*graph.Value) bool {
	var first *graph.Dim
	for _, v := range inputs {
		if v.Const != nil || len(v.Type.Shape) == 0 {
			continue
		}
		d := v.Type.Shape[0]
		if first != nil && (first.Known() || d.Known()) && *first != d {
			return true
		}
		first = &d
	}
	return false
}

// sets is a Source of sets of inputs that are Apart, one at a time. In the file each array has one
// axis more than its input, the first, which counts the sets.
type sets struct{ *File }

// openSets is Open for inputs that are Apart.
func openSets(path string, opt Options, inputs []*graph.Value) (*sets, error) {
	lifted, err := lift(inputs, func(s graph.Shape) graph.Shape { return append(graph.Shape{graph.Symbol("sets")}, s...) })
	if err != nil {
		return nil, err
	}
	f, err := Open(path, opt, lifted)
	if err != nil {
		return nil, fmt.Errorf("%w; the inputs have no axis of samples in common, so each array is to have one more in front, which counts sets of inputs", err)
	}
	return &sets{f}, nil
}

// Alone says that samples are read one at a time.
func (s *sets) Alone() bool { return true }

// Alone reports whether the samples of s are sets of inputs, which are read one at a time.
func Alone(s Source) bool {
	a, is := s.(interface{ Alone() bool })
	return is && a.Alone()
}

// Read reads one set.
func (s *sets) Read(samples []int) (map[string]*graph.Tensor, error) {
	if len(samples) > 1 {
		return nil, fmt.Errorf("want one set of inputs at a time, have the numbers %v", samples)
	}
	feeds, err := s.File.Read(samples)
	if err != nil {
		return nil, err
	}
	out := map[string]*graph.Tensor{}
	for name, t := range feeds {
		switch shape := t.Shape(); {
		case len(shape) == 0:
			out[name] = t
		case len(samples) == 0:
			none := append([]int{0}, shape[min(2, len(shape)):]...)
			out[name] = graph.NewTensor(t.DType(), none...)
		default:
			out[name] = t.Reshaped(shape[1:]...)
		}
	}
	return out, nil
}

// lift returns inputs like these, with other shapes for those that have axes.
func lift(inputs []*graph.Value, shape func(graph.Shape) graph.Shape) (lifted []*graph.Value, err error) {
	scratch := graph.New("lifted")
	for _, v := range inputs {
		w, err := scratch.NewValue(v.Name)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", v.Name, err)
		}
		w.Type, w.Const = v.Type, v.Const
		if len(v.Type.Shape) > 0 {
			w.Type.Shape = shape(v.Type.Shape)
		}
		lifted = append(lifted, w)
	}
	return lifted, nil
}
