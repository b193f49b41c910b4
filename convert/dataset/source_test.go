package dataset

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// kinds writes the same samples in every form that a file can have.
func kinds(t *testing.T, x *graph.Tensor) map[string]string {
	t.Helper()
	dir := t.TempDir()
	paths := map[string]string{}
	put := func(name string, write func(io.Writer) error) {
		var b bytes.Buffer
		path := filepath.Join(dir, name)
		if err := errors.Join(write(&b), os.WriteFile(path, b.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
		paths[name] = path
	}
	npy := func(w io.Writer) error { return WriteNPY(w, x) }
	idx := func(w io.Writer) error {
		head := []byte{0, 0, 8, byte(x.Rank())}
		for _, n := range x.Shape() {
			head = append(head, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		}
		_, err := w.Write(append(head, x.Raw()...))
		return err
	}
	gzipped := func(write func(io.Writer) error) func(io.Writer) error {
		return func(w io.Writer) error {
			z := gzip.NewWriter(w)
			return errors.Join(write(z), z.Close())
		}
	}
	zipped := func(method uint16) func(io.Writer) error {
		return func(w io.Writer) error {
			z := zip.NewWriter(w)
			other, err := z.CreateHeader(&zip.FileHeader{Name: "other.npy", Method: method})
			if err == nil {
				err = WriteNPY(other, graph.NewTensor(graph.Float64, 1, 1000))
			}
			entry, e := z.CreateHeader(&zip.FileHeader{Name: "x.npy", Method: method})
			if err = errors.Join(err, e); err == nil {
				err = npy(entry)
			}
			return errors.Join(err, z.Close())
		}
	}
	put("plain.npy", npy)
	put("plain.idx", idx)
	put("packed.npy.gz", gzipped(npy))
	put("packed.idx.gz", gzipped(idx))
	put("stored.npz", zipped(zip.Store))
	put("deflated.npz", zipped(zip.Deflate))
	put("columns.npy", func(w io.Writer) error {
		n, each := x.Shape()[0], x.Len()/x.Shape()[0]
		_, err := w.Write(header("{'descr': '|u1', 'fortran_order': True, 'shape': (60, 7), }"))
		for e := range each {
			for s := range n {
				if err == nil {
					_, err = w.Write(x.Raw()[s*each+e:][:1])
				}
			}
		}
		return err
	})
	return paths
}

// numbered returns n samples of 7 bytes.
func numbered(n int) *graph.Tensor {
	v := make([]uint8, n*7)
	for i := range v {
		v[i] = uint8(i * 31 >> 2)
	}
	return graph.TensorOf(v, n, 7)
}

// opened opens a file for an input x of floats, and closes it in the end.
func opened(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path, Options{Scale: 0.25, Mean: 3, Std: 7}, inputs(t, "x", shaped(graph.Float32, "N", 7)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// unpackAll makes f unpack its compressed arrays into files, however small they are.
func unpackAll(t *testing.T, f *File) {
	t.Helper()
	for _, a := range f.arrays {
		if f.stored.packs(a.name) {
			s, err := f.stored.stored(a.name)
			if err != nil {
				t.Fatal(err)
			}
			a.stored, a.data = s, &packed{of: s}
		}
	}
}

// The samples are the same to the last bit, whatever the file's form, whether they are read in order,
// backwards, apart, again, or by many at once, and whether what is compressed is held or unpacked.
func TestSourcesOfAllKindsAreTheSame(t *testing.T) {
	const n = 60
	paths := kinds(t, numbered(n))
	whole, err := Load(paths["plain.npy"], Options{Scale: 0.25, Mean: 3, Std: 7})
	if err != nil {
		t.Fatal(err)
	}
	want, err := whole.Bind(inputs(t, "x", shaped(graph.Float32, "N", 7)))
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]Source{}
	for name, path := range paths {
		sources[name] = opened(t, path)
		f := opened(t, path)
		unpackAll(t, f)
		sources[name+", unpacked"] = f
	}
	if sources["in memory"], err = Held(want); err != nil {
		t.Fatal(err)
	}
	var back []int
	for i := range n {
		back = append(back, n-1-i)
	}
	sources["part of a part"] = Part(Part(sources["stored.npz"], back), back)
	for name, s := range sources {
		if s.Count() != n {
			t.Errorf("%s: %d samples", name, s.Count())
		}
		sameSamples(t, name, s, want, []int{0, 1, 2, 10, 11, 40}) // forwards
		for _, of := range [][]int{back, {59}, {0, 1, 2, 3}, {5, 3, 5}, {}, {30, 31, 10, 11, 12, 58}} {
			sameSamples(t, name, s, want, of)
		}
		var all sync.WaitGroup
		for k := range 8 {
			all.Go(func() {
				for i := range n {
					sameSamples(t, name, s, want, []int{(i*7 + k) % n, (i + k) % n})
				}
			})
		}
		all.Wait()
	}
}

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	read *atomic.Int64
}

func (c counting) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, at)
	c.read.Add(int64(n))
	return n, err
}

// Of a file larger than memory only the headers and the wanted samples are read, and room is made
// for those alone.
func TestWhatIsNotWantedIsNotRead(t *testing.T) {
	defer memory.SetLimit(memory.SetLimit(1 << 20))
	const n, width = 1 << 12, 1 << 20 // 4 GiB, a hole
	head := header("{'descr': '|u1', 'fortran_order': False, 'shape': (4096, 1048576), }")
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := os.WriteFile(path, head, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(head))+n*width); err != nil {
		t.Skip(err)
	}
	if math.MaxInt == math.MaxInt32 {
		t.Skip("no array of 4 GiB on this machine")
	}
	f, err := Open(path, Options{}, inputs(t, "x", shaped(graph.Uint8, "N", width)))
	if err != nil || f.Count() != n {
		t.Fatal(err)
	}
	defer f.Close()
	var read atomic.Int64
	f.arrays[0].data = counting{f.arrays[0].data, &read}
	if _, err := f.Read([]int{n - 1}); err != nil {
		t.Error(err)
	}
	if read.Load() != width {
		t.Errorf("read %d bytes for a sample of %d", read.Load(), width)
	}
	if _, err := f.Read([]int{0, 1}); err == nil || !strings.Contains(err.Error(), "2 samples of uint8[4096,1048576]: would take 2 MiB, and the memory limit is 1 MiB") {
		t.Errorf("two samples in the memory of one: %v", err)
	}
}

// One pass over what is compressed leaves no file, a second one leaves none either.
func TestUnpackedFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	temporaryIn := func(dir string) {
		t.Setenv("TMPDIR", dir)
		t.Setenv("TMP", dir) // Windows
	}
	temporaryIn(dir)
	for name, path := range kinds(t, numbered(60)) {
		if !strings.Contains(name, "packed") && name != "deflated.npz" {
			continue
		}
		f := opened(t, path)
		unpackAll(t, f)
		p := f.arrays[0].data.(*packed)
		for pass := range 3 {
			for i := range f.Count() {
				if _, err := f.Read([]int{i}); err != nil {
					t.Fatal(name, err)
				}
			}
			if unpacked := p.unpacked != nil; unpacked != (pass > 0) {
				t.Errorf("%s: pass %d: unpacked is %v", name, pass, unpacked)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(name, err)
		}
		if _, err := f.Read([]int{0}); err == nil {
			t.Errorf("%s: was read after it was closed", name)
		}
		left, err := os.ReadDir(dir)
		if err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "pollard-") }) {
			t.Errorf("%s: left behind: %v (%v)", name, left, err)
		}
	}
	temporaryIn(filepath.Join(dir, "missing"))
	f := opened(t, kinds(t, numbered(60))["deflated.npz"])
	unpackAll(t, f)
	_, err := f.Read([]int{1})
	if err == nil {
		_, err = f.Read([]int{0})
	}
	if err == nil || !strings.Contains(err.Error(), `array "x": cannot be unpacked into a temporary file in `+filepath.Join(dir, "missing")) {
		t.Errorf("nowhere to unpack to: %v", err)
	}
}

// A flipped bit in an .npz that is not compressed shows when all samples have been read in order, as
// the checksum of a compressed one does.
func TestDamagedArchivesAreNamed(t *testing.T) {
	for _, name := range []string{"stored.npz", "deflated.npz", "packed.npy.gz"} {
		path := kinds(t, numbered(60))[name]
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name == "stored.npz" {
			raw[bytes.Index(raw, numbered(60).Raw())+200] ^= 1
		} else {
			raw[len(raw)/2] ^= 1
		}
		if err := os.WriteFile(path, raw, 0o666); err != nil {
			t.Fatal(err)
		}
		err = readAll(path, Options{}, inputs(t, "x", shaped(graph.Float32, "N", 7)))
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: have %v", name, err)
		}
	}
}

// A file that is written to while it is in use is refused, not mixed.
func TestChangedFilesAreNamed(t *testing.T) {
	path := kinds(t, numbered(60))["plain.npy"]
	f := opened(t, path)
	if _, err := f.Read([]int{0}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read([]int{0}); err == nil || err.Error() != path+": the file has changed since it was opened" {
		t.Errorf("have %v", err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read([]int{59}); err == nil || err.Error() != path+": the file has changed since it was opened" {
		t.Errorf("shorter: have %v", err)
	}
}

// Labels come from the file or from another one, and there is one for each sample.
func TestOpenDataHasLabels(t *testing.T) {
	to := inputs(t, "ids", shaped(graph.Int64, "N", 2), "mask", shaped(graph.Float32, "N", 2))
	d, err := OpenData(in("plain.npz"), "", Options{}, to)
	if err != nil || !slices.Equal(d.Labels, []int{2, 0, 1}) || d.Samples.Count() != 3 {
		t.Fatalf("have %+v, %v", d, err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := OpenData(in("plain.npz"), in("labels.idx"), Options{}, to); err == nil || err.Error() != in("plain.npz")+": want one label for each of 3 samples, have 2" {
		t.Errorf("two labels for three samples: %v", err)
	}
}
