package dataset

import (
	"bytes"
	"compress/gzip"
	"errors"
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

// readAll reads the samples of a file two at a time, in order.
func readAll(path string, opt Options, inputs []*graph.Value) error {
	f, err := Open(path, opt, inputs)
	if err != nil {
		return err
	}
	defer f.Close()
	for from := 0; from < f.Count() && err == nil; from += 2 {
		_, err = ReadRange(f, from, min(f.Count(), from+2))
	}
	return err
}

// A file yields what Load reads, whichever samples are read, and the same files are refused.
func TestFileYieldsWhatLoadReads(t *testing.T) {
	paths, err := filepath.Glob(in("*"))
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d files (%v)", len(paths), err)
	}
	for _, path := range append(paths, variants(t)...) {
		for _, opt := range []Options{{}, {Mean: 0.25, Std: 2}} {
			s, err := Load(path, opt)
			if err != nil {
				err := readAll(path, opt, inputs(t, "x", shaped(graph.Float32, "N", 3)))
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
	defer x.Close()
	if n, err := Samples(want); err != nil || n != x.Count() {
		t.Fatalf("%s: want %d samples, have %d (%v)", path, n, x.Count(), err)
	}
	for _, size := range []int{1, 2, 100} {
		for from := 0; from <= x.Count(); from++ {
			for at := from; at < x.Count(); at += size {
				var of []int
				for i := at; i < min(x.Count(), at+size); i++ {
					of = append(of, i)
				}
				sameSamples(t, path, x, want, of)
			}
		}
	}
	if n := x.Count(); n > 0 {
		sameSamples(t, path, x, want, nil)
		sameSamples(t, path, x, want, []int{n - 1, 0, 0, n / 2})
		if _, err := x.Read([]int{n}); err == nil || !strings.Contains(err.Error(), "there are") {
			t.Errorf("%s: sample %d of %d: %v", path, n, n, err)
		}
	}
}

// sameSamples compares the numbered samples of a source with those of arrays.
func sameSamples(t *testing.T, what string, have Source, want map[string]*graph.Tensor, samples []int) {
	t.Helper()
	feeds, err := have.Read(samples)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	part, err := Select(want, samples)
	if err != nil {
		t.Fatal(err)
	}
	if len(feeds) != len(part) {
		t.Errorf("%s: have %d inputs, want %d", what, len(feeds), len(part))
	}
	for name, w := range part {
		if h := feeds[name]; h.DType() != w.DType() || !slices.Equal(h.Shape(), w.Shape()) || !bytes.Equal(h.Raw(), w.Raw()) {
			t.Errorf("%s: samples %v: have %v%v, want %v%v", what, samples, h.DType(), h.Shape(), w.DType(), w.Shape())
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

// Errors name the sample by its index in the file, not among those that are read.
func TestFileNamesTheSampleThatIsNotANumber(t *testing.T) {
	x, err := Open(in("nan.npy"), Options{}, inputs(t, "x", shaped(graph.Float32, "N", 3)))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	_, err = x.Read([]int{1, 0})
	var read *ReadError
	if want := in("nan.npy") + `: input "x", sample 1: element [1] is NaN`; !errors.As(err, &read) || err.Error() != want {
		t.Errorf("have %v, want %s", err, want)
	}
	if _, err := x.Read([]int{0}); err != nil {
		t.Errorf("the other sample: %v", err)
	}
}

// A header that promises too much does not cause an allocation.
func TestFileRefusesImpossibleSizes(t *testing.T) {
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
