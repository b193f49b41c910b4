package dataset

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// inputsFor returns an input for each array of the set.
func inputsFor(t *testing.T, s *Set) []*graph.Value {
	t.Helper()
	var types []any
	for _, name := range sortedNames(s.Arrays) {
		a := s.Arrays[name]
		dims := []any{"N"}
		for _, n := range a.Shape()[min(1, a.Rank()):] {
			dims = append(dims, n)
		}
		if name == "" {
			name = "x"
		}
		types = append(types, name, shaped(a.DType(), dims...))
	}
	return inputs(t, types...)
}

// A stream yields what Load reads, whatever the batch and the first sample, and refuses the same
// files.
func TestStreamYieldsWhatLoadReads(t *testing.T) {
	paths, err := filepath.Glob(in("*"))
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d files (%v)", len(paths), err)
	}
	for _, path := range append(paths, variants(t)...) {
		for _, opt := range []Options{{}, {Mean: 0.25, Std: 2}} {
			s, err := Load(path, opt)
			if err != nil {
				x, err := Open(path, opt, inputs(t, "x", shaped(graph.Float32, "N", 3)))
				if err == nil {
					for _, e := range x.Batches(0, x.Samples, 2) {
						err = e
					}
				}
				if err == nil || !strings.HasPrefix(err.Error(), path+": ") || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: not to be read, but as a stream: %v", path, err)
				}
				continue
			}
			if path == in("scalar.npy") {
				continue // it can be loaded, but has no samples
			}
			same(t, path, opt, s)
		}
	}
}

// same compares what Open and Bind return.
func same(t *testing.T, path string, opt Options, s *Set) {
	t.Helper()
	s.Labels = nil
	to := inputsFor(t, s)
	want, err := s.Bind(to)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Open(path, opt, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 2, 100} {
		for from := 0; from <= x.Samples; from++ {
			at := from
			for b, err := range x.Batches(from, x.Samples, size) {
				if err != nil || b.First != at {
					t.Fatalf("%s: batch at %d, want %d (%v)", path, b.First, at, err)
				}
				part, err := Subset(want, at, at+b.Count)
				if err != nil {
					t.Fatal(err)
				}
				for name, w := range part {
					if h := b.Feeds[name]; h.DType() != w.DType() || !slices.Equal(h.Shape(), w.Shape()) || !bytes.Equal(h.Raw(), w.Raw()) {
						t.Errorf("%s: samples %d to %d: have %v%v, want %v%v", path, at, at+b.Count, h.DType(), h.Shape(), w.DType(), w.Shape())
					}
				}
				at += b.Count
			}
			if at != x.Samples {
				t.Errorf("%s: %d samples, want %d", path, at, x.Samples)
			}
		}
	}
}

// variants writes damaged and packed forms of good files.
func variants(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	put := func(name string, b []byte) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for _, name := range []string{"f4.npy", "v2.npy", "labels.idx", "fortran.npy", "plain.npz", "packed.npz"} {
		raw, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 3, 7, 11, 40, len(raw) - 1} {
			put(fmt.Sprintf("first%d-%s", n, name), raw[:min(n, len(raw))])
		}
		if strings.HasSuffix(name, ".npz") {
			raw[len(raw)/8] ^= 1
			put("flipped-"+name, raw)
			continue
		}
		put("longer-"+name, append(slices.Clone(raw), 1))
		for cut := range 2 {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			if _, err := z.Write(raw[:len(raw)-cut]); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			put(fmt.Sprintf("less%d-%s.gz", cut, name), b.Bytes())
			put(fmt.Sprintf("less%d-cut-%s.gz", cut, name), b.Bytes()[:b.Len()-9])
		}
	}
	return paths
}

// Errors name the sample by its index in the file, not in the batch.
func TestStreamNamesTheSampleThatIsNotANumber(t *testing.T) {
	x, err := Open(in("nan.npy"), Options{}, inputs(t, "x", shaped(graph.Float32, "N", 3)))
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range x.Batches(0, 2, 1) {
		last = err
	}
	if want := in("nan.npy") + `: input "x", sample 1: element [1] is NaN`; last == nil || last.Error() != want {
		t.Errorf("have %v, want %s", last, want)
	}
}

// A header that promises too much does not cause an allocation.
func TestStreamRefusesImpossibleSizes(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte{0, 0, 8, 3, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 255, 1, 2, 3})
	z.Close()
	path := filepath.Join(t.TempDir(), "x.gz")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, Options{}, inputs(t, "x", shaped(graph.Float32, "N", "H", "W")))
	want := "want 2190433319940 bytes of data, but 44 packed ones hold at most 45408"
	if strconv.IntSize == 32 { // no slice is that large, whatever is packed
		want = "shape [4,2147483647,255]: number of bytes overflows"
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("have %v", err)
	}
}
