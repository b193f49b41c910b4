package dataset

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// Bind matches the arrays to a model's inputs by name and converts each to the element type and
// rank of its input. It returns the feeds of all samples at once.
//
// The single array of an .npy or IDX file goes to the single input. Inputs with a default need no
// array. The first axis of all but scalars counts samples and may differ from the input's, so that
// a caller can cut batches of the size the model wants (see Batches); all other extents must agree.
// An array that lacks one axis of extent 1 (grey images [N,28,28] for [N,1,28,28]) gets it.
func (s *Set) Bind(inputs []*graph.Value) (feeds map[string]*graph.Tensor, err error) {
	if feeds, err = s.bind(inputs); err != nil {
		return nil, fmt.Errorf("%s: %w", s.file, err)
	}
	return feeds, nil
}

// bind is Bind without the file name in errors.
func (s *Set) bind(inputs []*graph.Value) (feeds map[string]*graph.Tensor, err error) {
	feeds = map[string]*graph.Tensor{}
	symbols := map[string]int{}
	samples := -1
	for _, v := range inputs {
		t, err := s.arrayFor(v, inputs)
		if err != nil {
			return nil, err
		}
		if t == nil {
			continue
		}
		if t, err = fit(t, v, symbols, s.numbers); err != nil {
			return nil, fmt.Errorf("input %q: %w", v.Name, err)
		}
		feeds[v.Name] = t
		if t.Rank() == 0 {
			continue // it goes with every sample
		}
		if n := t.Shape()[0]; samples < 0 {
			samples = n
		} else if n != samples {
			return nil, fmt.Errorf("input %q: want %d samples as the inputs before it have, have %d", v.Name, samples, n)
		}
	}
	if s.Labels != nil && samples >= 0 && len(s.Labels) != samples {
		return nil, fmt.Errorf("want one label for each of %d samples, have %d", samples, len(s.Labels))
	}
	return feeds, nil
}

// arrayFor returns the array for input v, or nil if v has a default and the file has nothing for
// it.
func (s *Set) arrayFor(v *graph.Value, inputs []*graph.Value) (*graph.Tensor, error) {
	if t := s.Arrays[v.Name]; t != nil {
		return t, nil
	}
	if v.Const != nil {
		return nil, nil
	}
	t := s.Arrays[""]
	if t == nil {
		return nil, fmt.Errorf("input %q: want an array of that name, have %s", v.Name, s.names())
	}
	var fed []string
	for _, w := range inputs {
		if w.Const == nil {
			fed = append(fed, fmt.Sprintf("%q", w.Name))
		}
	}
	if len(fed) > 1 {
		return nil, fmt.Errorf("want an .npz with an array for each of the inputs %s, have one array", strings.Join(fed, ", "))
	}
	return t, nil
}

// fit converts t to the shape and element type of input v. symbols holds the extents of symbolic
// dimensions seen so far. Errors call samples by their numbers.
func fit(t *graph.Tensor, v *graph.Value, symbols map[string]int, samples numbering) (*graph.Tensor, error) {
	want := v.Type.Shape
	if want != nil && len(want) == 0 {
		if t.Len() != 1 {
			return nil, fmt.Errorf("want %v, have %v%v", v.Type, t.DType(), graph.ShapeOf(t.Shape()...))
		}
		return convert(t.Reshaped(), v.Type.DType, nil)
	}
	if t.Rank() == 0 {
		return nil, fmt.Errorf("want %v, have a scalar: the first axis counts samples", v.Type)
	}
	if want != nil {
		shape, ok := align(t.Shape(), want)
		if !ok && t.Shape()[0] == 0 { // no samples were read yet, whatever the header says
			return nil, fmt.Errorf("want %v, have samples of %v%v", v.Type, t.DType(), graph.ShapeOf(t.Shape()[1:]...))
		}
		if !ok {
			return nil, fmt.Errorf("want %v, have %v%v", v.Type, t.DType(), graph.ShapeOf(t.Shape()...))
		}
		for i, d := range want[1:] {
			name := d.String()
			if d != graph.Symbol(name) || !d.Named() {
				continue
			}
			if n, seen := symbols[name]; seen && n != shape[i+1] {
				return nil, fmt.Errorf("want %v, have %v, and %s is %d already", v.Type, graph.ShapeOf(shape...), name, n)
			}
			symbols[name] = shape[i+1]
		}
		t = t.Reshaped(shape...)
	}
	return convert(t, v.Type.DType, samples)
}

// align returns the shape in which an array of extents have feeds an input of shape want.
func align(have []int, want graph.Shape) ([]int, bool) {
	agrees := func(dims []int) bool {
		for i, d := range want {
			if n, known := d.Value(); i > 0 && known && n != dims[i] {
				return false
			}
		}
		return true
	}
	if len(have) == len(want) {
		return have, agrees(have)
	}
	if len(have)+1 == len(want) {
		for i := 1; i < len(want); i++ {
			if dims := slices.Insert(slices.Clone(have), i, 1); want[i].Is(1) && agrees(dims) {
				return dims, true
			}
		}
	}
	return nil, false
}

// convert returns t with elements of type d. It fails if an integer would lose its value or a float
// become infinite.
func convert(t *graph.Tensor, d graph.DType, samples numbering) (*graph.Tensor, error) {
	have := t.DType()
	if d == graph.Undefined || d == have {
		return t, nil
	}
	refuse := fmt.Errorf("want %v elements, have %v", d, have)
	if have == graph.Bool || d == graph.Bool {
		return nil, refuse
	}
	if d.IsFloat() {
		if have.IsFloat() || have.IsInt() {
			return toFloats(t, d, samples, refuse)
		}
		return nil, refuse
	}
	v, ok := graph.Ints(t)
	if !ok || !d.IsInt() || have == graph.Uint64 || d == graph.Uint64 {
		return nil, refuse
	}
	switch d {
	case graph.Int64:
		return graph.TensorOf(v, t.Shape()...), nil
	case graph.Int32:
		return narrow[int32](v, t.Shape(), samples, math.MinInt32, math.MaxInt32, refuse)
	case graph.Int16:
		return narrow[int16](v, t.Shape(), samples, math.MinInt16, math.MaxInt16, refuse)
	case graph.Int8:
		return narrow[int8](v, t.Shape(), samples, math.MinInt8, math.MaxInt8, refuse)
	case graph.Uint32:
		return narrow[uint32](v, t.Shape(), samples, 0, math.MaxUint32, refuse)
	case graph.Uint16:
		return narrow[uint16](v, t.Shape(), samples, 0, math.MaxUint16, refuse)
	case graph.Uint8:
		return narrow[uint8](v, t.Shape(), samples, 0, math.MaxUint8, refuse)
	}
	return nil, refuse
}

func narrow[T int32 | int16 | int8 | uint32 | uint16 | uint8](v []int64, dims []int, samples numbering, least, most int64, refuse error) (*graph.Tensor, error) {
	out := make([]T, len(v))
	for i, x := range v {
		if x < least || x > most {
			return nil, fmt.Errorf("%w: element %v is %d", refuse, samples.at(i, dims), x)
		}
		out[i] = T(x)
	}
	return graph.TensorOf(out, dims...), nil
}

// toFloats returns t with floating-point elements of type d, or refuse, wrapped, if that cannot be.
func toFloats(t *graph.Tensor, d graph.DType, samples numbering, refuse error) (*graph.Tensor, error) {
	out, err := mapped(t, d, func(int, []float64) error { return nil })
	if err != nil {
		return nil, err
	}
	if err := checkFinite("", out, samples); err != nil {
		return nil, fmt.Errorf("%w: numbers are out of range: %w", refuse, err)
	}
	return out, nil
}

func sortedNames(arrays map[string]*graph.Tensor) []string { return slices.Sorted(maps.Keys(arrays)) }

// names lists the arrays of the file for an error.
func (s *Set) names() string {
	if s.all != nil {
		return joinNames(s.all)
	}
	return joinNames(sortedNames(s.Arrays))
}

// joinNames joins names for an error, shortening a long list.
func joinNames(names []string) string {
	const most = 8
	var quoted []string
	for _, n := range slices.Sorted(slices.Values(names)) {
		if len(quoted) == most {
			quoted = append(quoted, fmt.Sprintf("and %d others", len(names)-most))
			break
		}
		if n == "" {
			return "one array"
		}
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	if quoted == nil {
		return "none"
	}
	return strings.Join(quoted, ", ")
}
