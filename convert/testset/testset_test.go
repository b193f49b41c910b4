package testset_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/testset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// Floats may differ by the tolerance, anything else not at all, and the first difference is named.
func TestDifference(t *testing.T) {
	nan := float32(math.NaN())
	floats := func(v ...float32) *graph.Tensor { return graph.TensorOf(v, len(v)) }
	for name, c := range map[string]struct {
		have, want *graph.Tensor
		index      []int // of the first difference; nil for none
	}{
		"equal":            {floats(1, 2), floats(1, 2), nil},
		"within":           {floats(1, 2.0009), floats(1, 2), nil},
		"beyond":           {floats(1, 2, 2.1), floats(1, 2, 2), []int{2}},
		"NaN on both":      {floats(nan, 1), floats(nan, 1), nil},
		"NaN on one":       {floats(1, nan), floats(1, 1), []int{1}},
		"integers":         {graph.TensorOf([]int64{1000, 1001}, 2), graph.TensorOf([]int64{1000, 1000}, 2), []int{1}},
		"equal texts":      {graph.TensorOf([]string{"a", "b"}, 2), graph.TensorOf([]string{"a", "b"}, 2), nil},
		"different texts":  {graph.TensorOf([]string{"a", "b"}, 2), graph.TensorOf([]string{"a", "c"}, 2), []int{1}},
		"equal sequences":  {graph.SequenceOf(floats(1)), graph.SequenceOf(floats(1)), nil},
		"sequences differ": {graph.SequenceOf(floats(1), floats(1, 3)), graph.SequenceOf(floats(1), floats(1, 2)), []int{1}},
	} {
		d := testset.Difference(c.have, c.want, op.Tolerance{Rel: 1e-3})
		if (d == nil) != (c.index == nil) || d != nil && !slices.Equal(d.Index, c.index) {
			t.Errorf("%s: want a difference at %v, have %+v", name, c.index, d)
		}
	}
	d := testset.Difference(floats(1, 2), graph.TensorOf([]int64{1, 2}, 2), op.Tolerance{})
	if d == nil || d.Index != nil || !strings.Contains(d.Want, "int64") || !strings.Contains(d.Have, "float") {
		t.Errorf("another type: have %+v", d)
	}
}

// tensor is the TensorProto of one float: dims 1, data_type FLOAT, raw_data.
func tensor(x float32) string {
	bits := math.Float32bits(x)
	return "\x08\x01\x10\x01\x4a\x04" + string([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)})
}

// Sets are read in the order of their numbers, and their outputs are compared with the model's.
func TestReadAndRun(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[1] x) => (float[1] y) { y = Neg(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := testset.Read(dir, m); err == nil || !strings.Contains(err.Error(), "want folders test_data_set_N") {
		t.Errorf("an empty folder: have %v", err)
	}
	for set, y := range map[string]float32{"test_data_set_10": -1, "test_data_set_2": 1} {
		write(set+"/input_0.pb", tensor(1))
		write(set+"/output_0.pb", tensor(y))
	}
	sets, err := testset.Read(dir, m)
	if err != nil || len(sets) != 2 || sets[0].Name != "test_data_set_2" || sets[1].Name != "test_data_set_10" {
		t.Fatalf("have %v, %v", sets, err)
	}
	if one, err := testset.Read(filepath.Join(dir, "test_data_set_10"), m); err != nil || len(one) != 1 {
		t.Errorf("one folder: have %v, %v", one, err)
	}
	s, err := runtime.Compile(m, runtime.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, wrong := range []bool{true, false} {
		d, err := sets[i].Run(t.Context(), s, testset.Tolerance(m))
		if err != nil || (d != nil) != wrong || wrong && (d.Set != sets[i].Name || d.Output != "y") {
			t.Errorf("%s: have %v, %v", sets[i].Name, d, err)
		}
	}
	write("test_data_set_2/output_1.pb", tensor(1))
	if _, err := testset.Read(dir, m); err == nil || !strings.Contains(err.Error(), "the model has 1 outputs") {
		t.Errorf("an output too many: have %v", err)
	}
}
