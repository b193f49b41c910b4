package dataset

import (
	"bytes"
	"context"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// arrays yields arrays of several ranks and kinds of names.
func arrays() iter.Seq2[string, *graph.Tensor] {
	return func(yield func(string, *graph.Tensor) bool) {
		_ = yield("a/0//b.c", graph.TensorOf([]float64{1.5, math.Copysign(0, -1), math.SmallestNonzeroFloat64}, 3)) &&
			yield("scalar", graph.TensorOf([]float64{math.Pi})) &&
			yield("größe", graph.TensorOf([]uint8("{}"), 2)) &&
			yield("empty", graph.NewTensor(graph.Float32, 2, 0))
	}
}

func TestSavedArraysAreReadBackAndTheirBytesAreTheSame(t *testing.T) {
	dir := t.TempDir()
	var files [2][]byte
	for i := range files {
		path := filepath.Join(dir, "x.npz")
		if err := SaveNPZ(t.Context(), path, arrays()); err != nil {
			t.Fatal(err)
		}
		var err error
		if files[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		var names []string
		want := map[string]*graph.Tensor{}
		for name, x := range arrays() {
			names, want[name] = append(names, name), x
		}
		for a, err := range Arrays(path) {
			if err != nil {
				t.Fatal(err)
			}
			w := want[a.Name]
			if a.Name != names[0] || w.DType() != a.Tensor.DType() || !slices.Equal(w.Shape(), a.Tensor.Shape()) || !bytes.Equal(w.Raw(), a.Tensor.Raw()) {
				t.Errorf("%s: have %v%v", a.Name, a.Tensor.DType(), a.Tensor.Shape())
			}
			names = names[1:]
		}
		if len(names) > 0 {
			t.Errorf("not there: %q", names)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same arrays made different files")
	}
}

// A file that cannot be finished leaves the old one in place, and nothing beside it.
func TestAFileIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.npz")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := SaveNPZ(ended, path, arrays()); err == nil {
		t.Error("saved after the end")
	}
	text := func(yield func(string, *graph.Tensor) bool) { yield("text", graph.NewTensor(graph.String, 1)) }
	if err := SaveNPZ(t.Context(), path, text); err == nil {
		t.Error("strings were saved")
	}
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Errorf("have %q", b)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
