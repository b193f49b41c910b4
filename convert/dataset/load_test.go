package dataset

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// in returns the path of a file in testdata. NumPy wrote those files; see testdata/make.py.
func in(name string) string { return filepath.Join("testdata", name) }

func load1(t *testing.T, name string, opt Options) *graph.Tensor {
	t.Helper()
	s, err := Load(in(name), opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Arrays) != 1 || s.Arrays[""] == nil {
		t.Fatalf("%s: have arrays %s, want one without a name", name, joinNames(sortedNames(s.Arrays)))
	}
	return s.Arrays[""]
}

func wantFloats(t *testing.T, name string, x *graph.Tensor, shape []int, want []float64) {
	t.Helper()
	have, ok := graph.Floats(x)
	if !ok || !slices.Equal(x.Shape(), shape) || !slices.Equal(have, want) {
		t.Errorf("%s: have %v %v, want %v %v", name, x.Shape(), have, shape, want)
	}
}

func TestEveryElementTypeOfNumPy(t *testing.T) {
	for code, d := range npyTypes {
		x := load1(t, code+".npy", Options{})
		if x.DType() != d {
			t.Errorf("%s: have %v, want %v", code, x.DType(), d)
		}
		want := []float64{0, 1, 2, 3, 4, 5}
		if d == graph.Bool {
			want = []float64{0, 1, 0, 1, 1, 0}
		}
		wantFloats(t, code, x, []int{2, 3}, want)
	}
}

func TestOrdersOfBytesAndAxes(t *testing.T) {
	six := []float64{0, 1, 2, 3, 4, 5}
	wantFloats(t, "big-endian", load1(t, "big.npy", Options{}), []int{2, 3}, six)
	wantFloats(t, "column-major and big-endian", load1(t, "fortran_big.npy", Options{}), []int{2, 3}, six)
	wantFloats(t, "header of version 2", load1(t, "v2.npy", Options{}), []int{2, 3}, six)
	all := make([]float64, 24)
	for i := range all {
		all[i] = float64(i)
	}
	wantFloats(t, "column-major", load1(t, "fortran.npy", Options{}), []int{2, 3, 4}, all)
	wantFloats(t, "scalar", load1(t, "scalar.npy", Options{}), []int{}, []float64{7})
	wantFloats(t, "no samples", load1(t, "empty.npy", Options{}), []int{0, 3}, []float64{})
	wantFloats(t, "IDX of int16", load1(t, "int16.idx", Options{}), []int{3}, []float64{-2, 0, 300})
}

func TestNPZ(t *testing.T) {
	for _, name := range []string{"plain.npz", "packed.npz"} {
		s, err := Load(in(name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := joinNames(sortedNames(s.Arrays)); got != `"ids", "mask"` {
			t.Errorf("%s: arrays %s", name, got)
		}
		wantFloats(t, name, s.Arrays["ids"], []int{3, 2}, []float64{0, 1, 2, 3, 4, 5})
		if !slices.Equal(s.Labels, []int{2, 0, 1}) {
			t.Errorf("%s: labels %v", name, s.Labels)
		}
	}
}

func TestPixelsAreScaledThenNormalised(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  Options
		want func(pixel float64) float64
	}{
		{"pixels are 0 to 1 by default", Options{}, func(p float64) float64 { return p / 255 }},
		{"mean and std are those of the scaled pixels", Options{Mean: 0.25, Std: 0.5}, func(p float64) float64 { return (p/255 - 0.25) / 0.5 }},
		{"a scale of 1 leaves them", Options{Scale: 1}, func(p float64) float64 { return p }},
		{"scale 1 and a mean", Options{Scale: 1, Mean: 100}, func(p float64) float64 { return p - 100 }},
	} {
		x := load1(t, "pixels.idx.gz", c.opt)
		v, _ := graph.Floats(x)
		if !slices.Equal(x.Shape(), []int{2, 3, 4}) || len(v) != 24 {
			t.Fatalf("%s: shape %v", c.name, x.Shape())
		}
		for i, have := range v {
			if want := c.want(float64(i * 10 % 256)); math.Abs(have-want) > 1e-6*math.Abs(want) {
				t.Errorf("%s: pixel %d: have %v, want %v", c.name, i, have, want)
			}
		}
	}
	if x := load1(t, "i8.npy", Options{Mean: 1}); x.DType() != graph.Int64 {
		t.Errorf("token numbers were normalised to %v", x.DType())
	}
	wantFloats(t, "a mean applies to floats of an .npy", load1(t, "f4.npy", Options{Mean: 1, Std: 0.5}),
		[]int{2, 3}, []float64{-2, 0, 2, 4, 6, 8})
}

func TestLabels(t *testing.T) {
	for name, want := range map[string][]int{"labels.idx": {9, 4}, "plain.npz": {2, 0, 1}} {
		if have, err := LoadLabels(in(name)); err != nil || !slices.Equal(have, want) {
			t.Errorf("%s: have %v, %v, want %v", name, have, err, want)
		}
	}
	for name, want := range map[string]string{
		"f4.npy":  "shape [N] or [N,1], have [2,3]",
		"nan.npy": "shape [N]",
	} {
		if _, err := LoadLabels(in(name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: have error %v, want one with %q", name, err, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"structured.npy": "structured arrays are not supported",
		"text.npy":       `element type "<U1" is not supported`,
		"nan.npy":        `sample 1: element [1] is NaN`,
		"make.py":        "want an .npy, .npz or IDX file",
		"missing.npy":    "no such file or directory",
	} {
		_, err := Load(in(name), Options{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), in(name)+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("have error %v, want one line with the file's name and %q", err, want)
		}
	}
	if _, err := Load(in("f4.npy"), Options{Std: 1e-300}); err == nil || !strings.Contains(err.Error(), "+Inf") {
		t.Errorf("normalisation to infinity: have error %v", err)
	}
}
