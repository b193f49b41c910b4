package dataset

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Options says how stored numbers become the numbers a model was trained on: value = (stored*Scale
// - Mean) / Std.
type Options struct {
	Mean float64
	// Std divides; 0 means 1.
	Std float64
	// Scale multiplies; 0 means 1/255 for IDX files of uint8 (pixels), else 1.
	Scale float64
}

// Set holds the arrays of one file. The first axis of each counts the samples.
type Set struct {
	// Arrays holds the arrays by name; the single array of an .npy or IDX file has the name "".
	Arrays map[string]*graph.Tensor
	// Labels holds one class for each sample; nil if the file has none.
	Labels []int

	file  string
	bytes int64    // size of the arrays
	first int      // index of the first sample, for errors
	all   []string // names of all arrays in the file, read or not
}

// labelsName is the array of an .npz that holds the labels.
const labelsName = "labels"

// Load reads the file at path, .npy, .npz or IDX by its first bytes; .npy and IDX may be gzipped.
//
// Options apply to floating-point and uint8 arrays; other integers (token numbers) and booleans are
// left alone, and so is everything if the options change nothing. Otherwise elements become
// float32, or float64 if the file has that. NaN, infinity, and numbers whose squares overflow are
// errors.
func Load(path string, opt Options) (*Set, error) {
	return loaded(path, opt, nil)
}

// LoadFor is like Load for the inputs of a model: it does not read arrays that feed none of them,
// and refuses those that do not fit before reading them.
func LoadFor(path string, opt Options, inputs []*graph.Value) (*Set, error) {
	return loaded(path, opt, append([]*graph.Value{}, inputs...))
}

func loaded(path string, opt Options, inputs []*graph.Value) (*Set, error) {
	s, err := load(path, opt, inputs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.file = path
	return s, nil
}

// LoadLabels reads the labels of a classification: the single array of an .npy or IDX file, or the
// array "labels" of an .npz. They are integers of shape [N] or [N,1].
func LoadLabels(path string) ([]int, error) {
	labels, err := loadLabels(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return labels, nil
}

func loadLabels(path string) ([]int, error) {
	a, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	defer a.close()
	name := ""
	if a.zip != nil {
		name = labelsName
	}
	if !a.has(name) {
		return nil, fmt.Errorf("want an array %q, have %s", labelsName, listed(a.names))
	}
	src, err := a.source(name)
	if err != nil {
		return nil, err
	}
	t, err := src.all(0)
	if err != nil {
		return nil, err
	}
	return toLabels(t)
}

func load(path string, opt Options, inputs []*graph.Value) (*Set, error) {
	a, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	defer a.close()
	wanted := a.names
	if inputs != nil {
		if wanted, err = a.match(opt, inputs); err != nil {
			return nil, err
		}
		if a.zip != nil && a.has(labelsName) {
			wanted = append(wanted, labelsName)
		}
	}
	s := &Set{Arrays: map[string]*graph.Tensor{}, all: a.names}
	for _, name := range slices.Sorted(slices.Values(wanted)) {
		if err := s.read(a, name, opt, inputs); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// read reads the named array: labels, or numbers for an input.
func (s *Set) read(a *archive, name string, opt Options, inputs []*graph.Value) error {
	src, err := a.source(name)
	if err != nil {
		return err
	}
	t, err := src.all(s.bytes)
	switch {
	case err != nil:
	case a.zip != nil && name == labelsName:
		s.Labels, err = toLabels(t)
	default:
		if t, err = opt.numbers(called(name, inputs), t, src.isIDX, 0); err != nil {
			return err // the error names the array
		}
		s.Arrays[name] = t
		s.bytes += int64(len(t.Raw()))
	}
	if err != nil && name != "" {
		err = fmt.Errorf("array %q: %w", name, err)
	}
	return err
}

// match returns the names of the arrays that feed the inputs, having checked that they fit as far
// as their headers tell.
func (a *archive) match(opt Options, inputs []*graph.Value) (matched []string, err error) {
	none := &Set{Arrays: map[string]*graph.Tensor{}, all: a.names}
	wanted := []string{""}
	for _, v := range inputs {
		wanted = append(wanted, v.Name)
	}
	for _, name := range wanted {
		if !a.has(name) || none.Arrays[name] != nil || a.zip != nil && name == labelsName {
			continue
		}
		src, err := a.source(name)
		if err != nil {
			return nil, err
		}
		t, err := src.none()
		if err == nil {
			t, err = opt.numbers(called(name, inputs), t, src.isIDX, 0)
		}
		if err != nil {
			return nil, err
		}
		none.Arrays[name] = t
		matched = append(matched, name)
	}
	_, err = none.bind(inputs)
	return matched, err
}

// called returns what errors call an array: its name, or the one input that it feeds.
func called(name string, inputs []*graph.Value) string {
	if name != "" {
		return fmt.Sprintf("array %q", name)
	}
	for _, v := range inputs {
		if v.Const == nil {
			return fmt.Sprintf("input %q", v.Name)
		}
	}
	return ""
}

// numbers applies the options to t and checks that all numbers are finite. Errors call it name and
// count samples from first.
func (o Options) numbers(name string, t *graph.Tensor, isIDX bool, first int) (*graph.Tensor, error) {
	if o.Scale == 0 && isIDX && t.DType() == graph.Uint8 {
		o.Scale = 1.0 / 255
	}
	if err := checkFinite(name, t, first); err != nil {
		return nil, err
	}
	t, err := o.apply(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmp.Or(name, "the array"), err)
	}
	if err := checkFinite(name, t, first); err != nil {
		return nil, fmt.Errorf("after scale, mean and std: %w", err)
	}
	return t, nil
}

// apply returns t normalized, or t itself if nothing changes.
func (o Options) apply(t *graph.Tensor) (*graph.Tensor, error) {
	scale, std := o.Scale, o.Std
	if scale == 0 {
		scale = 1
	}
	if std == 0 {
		std = 1
	}
	if math.IsNaN(scale+std+o.Mean) || math.IsInf(scale+std+o.Mean, 0) {
		return nil, fmt.Errorf("scale %v, mean %v, std %v: want finite numbers", scale, o.Mean, std)
	}
	if (scale == 1 && std == 1 && o.Mean == 0) || (!t.DType().IsFloat() && t.DType() != graph.Uint8) {
		return t, nil
	}
	d := graph.Float32
	if t.DType() == graph.Float64 {
		d = graph.Float64
	}
	return mapped(t, d, func(_ int, v []float64) error {
		for i, x := range v {
			v[i] = (x*scale - o.Mean) / std
		}
		return nil
	})
}

// checkFinite refuses NaN, infinity, and numbers whose squares overflow: one of them in a batch
// spoils every statistic taken over it. The lowest float stands for minus infinity in masks and is
// accepted. The error names the first such number, counting samples from first.
func checkFinite(name string, t *graph.Tensor, first int) error {
	if !t.DType().IsFloat() {
		return nil
	}
	most, lowest := math.Sqrt(math.MaxFloat32), -math.MaxFloat32
	if t.DType() == graph.Float64 {
		most, lowest = math.Sqrt(math.MaxFloat64), -math.MaxFloat64
	}
	return each(t, func(from int, v []float64) error {
		for i, x := range v {
			if math.Abs(x) <= most || x == lowest {
				continue
			}
			where := at(name, from+i, t.Shape(), first)
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("%s is %v", where, x)
			}
			return fmt.Errorf("%s is %v, whose square overflows: want at most %.3g", where, x, most)
		}
		return nil
	})
}

// at names the i-th element of an array for errors by its sample, counted from first.
func at(name string, i int, dims []int, first int) string {
	where := ""
	if name != "" {
		where = name + ", "
	}
	switch p := graph.Position(i, dims); len(p) {
	case 0:
		return where + "the one element"
	case 1:
		return fmt.Sprintf("%ssample %d", where, first+p[0])
	default:
		return fmt.Sprintf("%ssample %d: element %v", where, first+p[0], p[1:])
	}
}

func toLabels(t *graph.Tensor) ([]int, error) {
	s := t.Shape()
	if len(s) != 1 && (len(s) != 2 || s[1] != 1) {
		return nil, fmt.Errorf("labels: want shape [N] or [N,1], have %v", graph.ShapeOf(s...))
	}
	v, ok := graph.Ints(t)
	if !ok {
		return nil, fmt.Errorf("labels: want whole numbers, have %v", t.DType())
	}
	labels := make([]int, len(v))
	for i, x := range v {
		if x < 0 || x > math.MaxInt32 {
			return nil, fmt.Errorf("labels: want class numbers, have %d for sample %d", x, i)
		}
		labels[i] = graph.Saturate(x)
	}
	return labels, nil
}
