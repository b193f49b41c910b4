package dataset

import (
	"fmt"
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
	// Scales, Means and Stds, where they are set, have one element for each channel and take the place
	// of Scale, Mean and Std. Channels are on axis 1 of an array if it has as many positions, else on
	// the last axis.
	Scales, Means, Stds []float64
	// Pictures says how a folder of pictures is read, to which the numbers above do not apply.
	Pictures PictureOptions
	// Text says how text is read, to which the numbers above do not apply.
	Text TextOptions
	// States says which inputs are states that are carried from call to call.
	States StateOptions
}

// Set holds the arrays of one file. The first axis of each counts the samples.
type Set struct {
	// Arrays holds the arrays by name; the single array of an .npy or IDX file has the name "".
	Arrays map[string]*graph.Tensor
	// Labels holds one class for each sample; nil if the file has none.
	Labels []int

	file    string
	bytes   int64     // size of the arrays
	numbers numbering // of the samples, for errors
	all     []string  // names of all arrays in the file, read or not
}

// Load reads the whole file at path, .npy, .npz or IDX by its first bytes; .npy and IDX may be gzipped.
//
// Options apply to floating-point and uint8 arrays; other integers (token numbers) and booleans are
// left alone, and so is everything if the options change nothing. Otherwise elements become
// float32, or float64 if the file has that. NaN, infinity, and numbers whose squares overflow are
// errors.
func Load(path string, opt Options) (*Set, error) {
	s, err := load(path, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.file = path
	return s, nil
}

func load(path string, opt Options) (*Set, error) {
	a, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	defer a.close()
	s := &Set{Arrays: map[string]*graph.Tensor{}, all: a.names}
	for _, name := range slices.Sorted(slices.Values(a.names)) {
		if err := s.read(a, name, opt); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// read reads the named array: labels, or numbers.
func (s *Set) read(a *archive, name string, opt Options) error {
	src, err := a.stored(name)
	if err != nil {
		return err // the error names the array
	}
	t, err := src.all(s.bytes)
	switch {
	case err != nil:
	case a.zip != nil && name == labelsName:
		s.Labels, err = toLabels(t)
	default:
		if t, err = opt.numbers(arrayLabel(name, nil), t, src.isIDX, nil); err != nil {
			return err // the same
		}
		s.Arrays[name] = t
		s.bytes += int64(len(t.Raw()))
	}
	return inArray(name, err)
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
		src, err := a.stored(name)
		if err != nil {
			return nil, err
		}
		t, err := src.empty()
		if err == nil {
			t, err = opt.numbers(arrayLabel(name, inputs), t, src.isIDX, nil)
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

// arrayLabel returns what errors call an array: its name, or the one input that it feeds.
func arrayLabel(name string, inputs []*graph.Value) string {
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
