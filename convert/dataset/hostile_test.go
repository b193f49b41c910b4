package dataset

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// zeros returns n zeros after a header, gzipped to about a thousandth of their size.
func zeros(t *testing.T, header []byte, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	z.Write(header)
	if _, err := io.CopyN(z, zero{}, n); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// archived returns an .npz of n arrays of one float, followed by the wanted one.
func archived(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n + 1 {
		name := fmt.Sprintf("a%d.npy", i)
		if i == n {
			name = "x.npy"
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteNPY(w, graph.NewTensor(graph.Float32, 1, 3)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a file declares is checked against the limit and the inputs before it is read or memory is
// allocated for it.
func TestHostileFilesAreRefusedByWhatTheyDeclare(t *testing.T) {
	defer memory.SetLimit(memory.SetLimit(32 << 20))
	npy := func(shape string) []byte {
		return header("{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }")
	}
	const size = 64 << 20
	x := []any{"x", shaped(graph.Float32, "N", 3)}
	for _, c := range []struct {
		name, file string
		contents   []byte
		inputs     []any
		want       string
	}{
		{"a bomb that does not fit the input", "bomb.gz", zeros(t, npy("262144, 64"), size), x, `input "x": want float[N,3], have samples of float[64]`},
		{"a bomb that does", "bomb.gz", zeros(t, npy("262144, 64"), size), []any{"x", shaped(graph.Float32, "N", 64)}, "float[262144,64]: would take 64 MiB, and the memory limit is 32 MiB"},
		{"a bomb of IDX", "bomb.gz", zeros(t, []byte{0, 0, 8, 2, 0, 4, 0, 0, 0, 0, 1, 0}, size), []any{"x", shaped(graph.Float32, "N", 256)}, "uint8[262144,256]: would take 64 MiB"},
		{"more samples than can be in it", "lies.gz", zeros(t, npy("100000000, 3"), 100), x, "packed ones hold at most"},
		{"more samples than are in it", "lies.gz", zeros(t, npy("1000, 3"), 1200), x, "want 12000 bytes of data, have 1200"},
		{"a header of 50 MB", "header.npy", append(append([]byte(npyMagic), 2, 0, 0x80, 0xf0, 0xfa, 2), bytes.Repeat([]byte{'<'}, 50_000_000)...), x, "want a header of at most 1048576 bytes, have one of 50000000"},
		{"extents of 255 axes", "deep.idx", append([]byte{0, 0, 8, 255}, bytes.Repeat([]byte{127, 255, 255, 255}, 255)...), x, "number of bytes overflows"},
		{"many arrays, none of them wanted", "many.npz", archived(t, 30000), []any{"y", shaped(graph.Float32, "N", 3)}, `want an array of that name, have "a0", "a1", "a10", "a100", "a1000", "a10000", "a10001", "a10002", and 29993 others`},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, c.contents, 0o666); err != nil {
			t.Fatal(err)
		}
		to := inputs(t, c.inputs...)
		for how, read := range map[string]func() error{
			"labels": func() error { _, err := OpenData(path, path, Options{}, to); return err },
			"samples": func() error {
				f, err := Open(path, Options{}, to)
				if err != nil {
					return err
				}
				defer f.Close()
				_, err = ReadRange(f, 0, f.Count())
				return err
			},
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			err := read()
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("%s: %s: want %q, have %v", c.name, how, c.want, err)
			}
			if made := after.TotalAlloc - before.TotalAlloc; made > 33<<20 {
				t.Errorf("%s: %s: made room for %d bytes", c.name, how, made)
			}
			if took > 5*time.Second { // a few milliseconds
				t.Errorf("%s: %s: took %v", c.name, how, took)
			}
		}
	}
}

// One array of thirty thousand is read without the others.
func TestManyArraysDoNotKeepOneWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.npz")
	if err := os.WriteFile(path, archived(t, 30000), 0o666); err != nil {
		t.Fatal(err)
	}
	to := inputs(t, "x", shaped(graph.Float32, "N", 3))
	began := time.Now()
	if err := readAll(path, Options{}, to); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second { // 0.1 s
		t.Errorf("took %v", took)
	}
}

// A scalar goes with every sample, in a file as in memory.
func TestFileHasScalars(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, x := range map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 5, 3), "scale": graph.TensorOf([]float32{2}), "one": graph.TensorOf([]float32{3}, 1)} {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteNPY(w, x); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.npz")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	to := inputs(t, "scale", shaped(graph.Float32), "one", shaped(graph.Float32), "x", shaped(graph.Float32, "N", 3))
	f, err := Open(path, Options{}, to)
	if err != nil || f.Count() != 5 {
		t.Fatalf("%+v, %v", f, err)
	}
	defer f.Close()
	for _, of := range [][]int{{0, 1}, {4, 2}, nil} {
		feeds, err := f.Read(of)
		if err != nil {
			t.Fatal(err)
		}
		if graph.Data[float32](feeds["scale"])[0] != 2 || graph.Data[float32](feeds["one"])[0] != 3 || feeds["one"].Rank() != 0 || feeds["x"].Shape()[0] != len(of) {
			t.Errorf("have %v, %v and %v", feeds["scale"], feeds["one"], feeds["x"].Shape())
		}
	}
}
