package dataset

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/pollard-dev/pollard/graph"
)

// Options says how stored numbers become the numbers a model was trained on:
// value = (stored*Scale - Mean) / Std.
type Options struct {
	Mean float64
	// Std divides; 0 means 1.
	Std float64
	// Scale multiplies; 0 means 1/255 for IDX files of uint8 (pixels), 1 for all else.
	Scale float64
}

// Set is the arrays of one file. The first axis of each counts the samples.
type Set struct {
	// Arrays by name; the one array of an .npy or IDX file has the name "".
	Arrays map[string]*graph.Tensor
	// Labels has one class for each sample; nil when the file holds none.
	Labels []int

	file string
}

// labelsName is the array of an .npz that holds the labels.
const labelsName = "labels"

// Load reads path as what its first bytes say it is: .npy, .npz or IDX, the first and last also gzip'd.
//
// Options apply to floating-point and uint8 arrays; other integers (token numbers) and booleans stay as
// they are, and so does everything when the options change nothing. Where they
// do, elements become float32 (float64 when the file has that). NaN and infinity
// are errors.
func Load(path string, opt Options) (*Set, error) {
	s, err := load(path, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.file = path
	return s, nil
}

// LoadLabels reads the labels of a classification: the one array of an .npy or IDX
// file, or the array "labels" of an .npz. They are whole numbers of shape [N] or [N,1].
func LoadLabels(path string) ([]int, error) {
	arrays, _, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t := arrays[""]
	if t == nil {
		t = arrays[labelsName]
	}
	if t == nil {
		return nil, fmt.Errorf("%s: want an array %q, have %s", path, labelsName, names(arrays))
	}
	labels, err := toLabels(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return labels, nil
}

func load(path string, opt Options) (*Set, error) {
	arrays, isIDX, err := read(path)
	if err != nil {
		return nil, err
	}
	s := &Set{Arrays: arrays}
	if t := arrays[labelsName]; t != nil {
		delete(arrays, labelsName)
		if s.Labels, err = toLabels(t); err != nil {
			return nil, err
		}
	}
	for _, name := range sortedNames(arrays) {
		if arrays[name], err = opt.numbers(name, arrays[name], isIDX, 0); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// numbers is t with the numbers that a model was trained on, all of them finite. Errors count its samples from first on.
func (o Options) numbers(name string, t *graph.Tensor, isIDX bool, first int) (*graph.Tensor, error) {
	if o.Scale == 0 && isIDX && t.DType() == graph.Uint8 {
		o.Scale = 1.0 / 255
	}
	if err := checkFinite(name, t, first); err != nil {
		return nil, err
	}
	t, err := o.apply(t)
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	if err := checkFinite(name, t, first); err != nil {
		return nil, fmt.Errorf("after scale, mean and std: %w", err)
	}
	return t, nil
}

// read gives the arrays of a file by name and whether it is an IDX file.
func read(path string) (arrays map[string]*graph.Tensor, isIDX bool, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		if pe, ok := err.(*os.PathError); ok { // the caller names the file
			err = pe.Err
		}
		return nil, false, err
	}
	if bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		if raw, err = gunzip(raw); err != nil {
			return nil, false, err
		}
	}
	var t *graph.Tensor
	switch {
	case bytes.HasPrefix(raw, []byte(npyMagic)):
		t, err = decodeNPY(raw)
	case bytes.HasPrefix(raw, []byte("PK")):
		arrays, err = decodeNPZ(raw)
		return arrays, false, err
	case bytes.HasPrefix(raw, []byte{0, 0}):
		isIDX = true
		t, err = decodeIDX(raw)
	default:
		err = fmt.Errorf("want an .npy, .npz or IDX file, have %d bytes that begin with % x", len(raw), raw[:min(4, len(raw))])
	}
	return map[string]*graph.Tensor{"": t}, isIDX, err
}

// gunzip inflates raw. What comes out is at most about a thousand times what went in.
func gunzip(raw []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return out, nil
}

// apply is t normalised; t itself when nothing changes.
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
	v, _ := graph.Floats(t)
	for i, x := range v {
		v[i] = (x*scale - o.Mean) / std
	}
	d := graph.Float32
	if t.DType() == graph.Float64 {
		d = graph.Float64
	}
	out, _ := graph.FromFloats(d, v, t.Shape()...)
	return out, nil
}

// checkFinite refuses NaN and infinity: one of them in a batch spoils every statistic taken over it.
// It names the first, counting samples from first on.
func checkFinite(name string, t *graph.Tensor, first int) error {
	if !t.DType().IsFloat() {
		return nil
	}
	v, _ := graph.Floats(t)
	for i, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			at := position(i, t.Shape())
			if len(at) > 0 {
				at[0] += first
			}
			return fmt.Errorf("array %q: element %v is %v", name, at, x)
		}
	}
	return nil
}

// position is the index of the i-th element along every axis.
func position(i int, dims []int) []int {
	at := make([]int, len(dims))
	for d := len(dims) - 1; d >= 0; d-- {
		at[d] = i % dims[d]
		i /= dims[d]
	}
	return at
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
			return nil, fmt.Errorf("labels: label %d of sample %d is no class number", x, i)
		}
		labels[i] = graph.Saturate(x)
	}
	return labels, nil
}
