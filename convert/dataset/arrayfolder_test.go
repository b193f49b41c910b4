package dataset_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// ids and mask are the inputs of a model for text.
func textInputs() []*graph.Value {
	shape := graph.ShapeOf(0, 3)
	shape[0] = graph.Symbol("N")
	return []*graph.Value{{Name: "ids", Type: graph.Type{DType: graph.Int64, Shape: shape}}, {Name: "a/mask", Type: graph.Type{DType: graph.Float32, Shape: shape}}}
}

// counting returns an array of n samples whose numbers begin at first.
func counting[T int64 | float32](first, n int) *graph.Tensor {
	v := make([]T, 3*n)
	for i := range v {
		v[i] = T(3*first + i)
	}
	return graph.TensorOf(v, n, 3)
}

// writeNPZ writes n samples that begin with number first, and labels.
func writeNPZ(t *testing.T, path string, first, n int, labelled bool) {
	t.Helper()
	err := dataset.SaveNPZ(context.Background(), path, func(yield func(string, *graph.Tensor) bool) {
		labels := make([]int64, n)
		for i := range labels {
			labels[i] = int64(first + i)
		}
		if yield("ids", counting[int64](first, n)) && yield("a/mask", counting[float32](first, n)) && labelled {
			yield("labels", graph.TensorOf(labels, n))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkCounting reads samples across files and checks that each is what its number says.
func checkCounting(t *testing.T, d *dataset.Data, n int) {
	t.Helper()
	if d.Samples.Count() != n {
		t.Fatalf("want %d samples, have %d", n, d.Samples.Count())
	}
	for _, samples := range [][]int{nil, {0}, {n - 1, 0, 1, 2, n / 2}, {1, 1}} {
		feeds, err := d.Samples.Read(samples)
		if err != nil {
			t.Fatal(err)
		}
		var want []int64
		var wantMask []float32
		for _, s := range samples {
			for k := range 3 {
				want, wantMask = append(want, int64(3*s+k)), append(wantMask, float32(3*s+k))
			}
		}
		if have := graph.Data[int64](feeds["ids"]); !slices.Equal(have, want) || feeds["ids"].Shape()[0] != len(samples) {
			t.Errorf("samples %v: ids are %v", samples, have)
		}
		if have := graph.Data[float32](feeds["a/mask"]); !slices.Equal(have, wantMask) {
			t.Errorf("samples %v: mask is %v", samples, have)
		}
	}
	if _, err := d.Samples.Read([]int{n}); err == nil {
		t.Errorf("sample %d was read", n)
	}
}

// The .npz files of a folder are parts of one set, in the order of their names.
func TestFolderOfShards(t *testing.T) {
	dir := t.TempDir()
	writeNPZ(t, filepath.Join(dir, "b.npz"), 2, 4, true)
	writeNPZ(t, filepath.Join(dir, "a.npz"), 0, 2, true)
	writeNPZ(t, filepath.Join(dir, "c.npz"), 6, 1, true)
	d, err := dataset.OpenData(dir, "", dataset.Options{}, textInputs())
	if err != nil {
		t.Fatal(err)
	}
	checkCounting(t, d, 7)
	if !slices.Equal(d.Labels, []int{0, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("labels are %v", d.Labels)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	writeNPZ(t, filepath.Join(dir, "d.npz"), 7, 1, false)
	if _, err := dataset.OpenData(dir, "", dataset.Options{}, textInputs()); err == nil || !strings.Contains(err.Error(), "want labels in all .npz files or in none") {
		t.Errorf("want an error about labels, have %v", err)
	}
}

// Arrays named after the inputs feed them.
func TestFolderOfColumns(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, x *graph.Tensor) {
		if err := dataset.SaveNPY(filepath.Join(dir, name), x); err != nil {
			t.Fatal(err)
		}
	}
	save("ids.npy", counting[int64](0, 5))
	if _, err := dataset.OpenData(dir, "", dataset.Options{}, textInputs()); err == nil || !strings.Contains(err.Error(), `input "a/mask": want a file a_mask.npy, have "ids"`) {
		t.Errorf("want an error about the mask, have %v", err)
	}
	save("a_mask.npy", counting[float32](0, 4))
	if _, err := dataset.OpenData(dir, "", dataset.Options{}, textInputs()); err == nil || !strings.Contains(err.Error(), "want 5 samples as in the other files, have 4") {
		t.Errorf("want an error about the number of samples, have %v", err)
	}
	save("a_mask.npy", counting[float32](0, 5))
	save("labels.npy", graph.TensorOf([]int64{4, 3, 2, 1, 0}, 5))
	d, err := dataset.OpenData(dir, "", dataset.Options{}, textInputs())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	checkCounting(t, d, 5)
	if !slices.Equal(d.Labels, []int{4, 3, 2, 1, 0}) {
		t.Errorf("labels are %v", d.Labels)
	}
	other := t.TempDir()
	if err := os.Rename(filepath.Join(dir, "labels.npy"), filepath.Join(other, "x.npy")); err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.OpenData(other, "", dataset.Options{}, textInputs()); err == nil || !strings.Contains(err.Error(), `want arrays named after the inputs, as in ids.npy, have "x"`) {
		t.Errorf("want an error about names, have %v", err)
	}
}

// message returns a TensorProto of an array, by hand.
func message(kind int, raw []byte, dims ...int) []byte {
	var b []byte
	for _, n := range dims {
		b = append(b, 1<<3, byte(n))
	}
	b = append(b, 2<<3, byte(kind))
	return append(append(b, 9<<3|2, byte(len(raw))), raw...)
}

// The inputs of ONNX test data are samples, those of one set after those of the other.
func TestFolderOfTestData(t *testing.T) {
	dir := t.TempDir()
	for k, set := range []struct{ number, first, n int }{{0, 0, 2}, {2, 2, 1}, {10, 3, 2}} {
		folder := filepath.Join(dir, fmt.Sprintf("test_data_set_%d", set.number))
		var ids, mask []byte
		for i := range 3 * set.n {
			ids = binary.LittleEndian.AppendUint64(ids, uint64(3*set.first+i))
			mask = binary.LittleEndian.AppendUint32(mask, math.Float32bits(float32(3*set.first+i)))
		}
		if err := errors.Join(os.Mkdir(folder, 0o777), os.WriteFile(filepath.Join(folder, "input_0.pb"), message(7, ids, set.n, 3), 0o666),
			os.WriteFile(filepath.Join(folder, "input_1.pb"), message(1, mask, set.n, 3), 0o666)); err != nil {
			t.Fatal(k, err)
		}
	}
	d, err := dataset.OpenData(dir, "", dataset.Options{}, textInputs())
	if err != nil {
		t.Fatal(err)
	}
	checkCounting(t, d, 5)
	bad := filepath.Join(dir, "test_data_set_2", "input_1.pb")
	if err := os.WriteFile(bad, message(1, make([]byte, 8), 1, 2), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.OpenData(dir, "", dataset.Options{}, textInputs()); err == nil || !strings.Contains(err.Error(), bad+": want float[N,3], have float[1,2]") {
		t.Errorf("want an error about the shape, have %v", err)
	}
}
