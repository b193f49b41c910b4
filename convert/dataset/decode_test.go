package dataset

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/graph"
)

// header returns an .npy file of version 1 with the given header text.
func header(text string, data ...byte) []byte {
	raw := append([]byte(npyMagic), 1, 0, byte(len(text)), byte(len(text)>>8))
	return append(append(raw, text...), data...)
}

// decoded reads the single array of an .npy or IDX file.
func decoded(raw []byte) (*graph.Tensor, error) {
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
	s, err := newStored("", open, int64(len(raw)), -1)
	if err != nil {
		return nil, err
	}
	return s.all(0)
}

func TestBrokenNPY(t *testing.T) {
	ok := "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }"
	if _, err := decoded(header(ok, 1, 0, 2, 0)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"short data", header(ok, 1, 0, 2), "want 4 bytes of data, have 3"},
		{"bytes behind the data", header(ok, 1, 0, 2, 0, 9), "want 4 bytes of data, have 5"},
		{"only the magic", []byte(npyMagic), "want a header"},
		{"version 9", append([]byte(npyMagic), 9, 0, 0, 0), "want version 1, 2 or 3, have 9"},
		{"header longer than the file", append([]byte(npyMagic), 1, 0, 255, 255), "want a header of 65535 bytes, have 0"},
		{"4 GiB header", append([]byte(npyMagic), 2, 0, 255, 255, 255, 255), "want a header of at most 1048576 bytes, have one of 4294967295"},
		{"negative extent", header("{'descr': '<i2', 'fortran_order': False, 'shape': (-2,), }"), "a tuple of extents"},
		{"extents that overflow", header("{'descr': '<i2', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"), "overflows"},
		{"extent beyond int", header("{'descr': '<i2', 'fortran_order': False, 'shape': (99999999999999999999,), }"), "a tuple of extents"},
		{"missing key", header("{'descr': '<i2', 'shape': (2,), }"), "the keys descr"},
		{"another key", header("{'other': 1}"), `not "other"`},
		{"no dictionary", header("descr"), `want "{"`},
		{"unclosed", header("{'descr': '<i2'"), `want "}"`},
		{"unclosed tuple", header("{'shape': (2"), "a tuple of extents"},
		{"complex", header("{'descr': '<c8', 'fortran_order': False, 'shape': (), }"), `"<c8" is not supported`},
		{"odd type code", header("{'descr': '<<i2', 'fortran_order': False, 'shape': (), }"), `"<<i2" is not supported`},
	} {
		if _, err := decoded(c.raw); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: have error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestBrokenIDX(t *testing.T) {
	for _, c := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"short header", []byte{0, 0, 8}, "want a header"},
		{"unknown type", []byte{0, 0, 7, 1, 0, 0, 0, 0}, "element type 0x07"},
		{"no axes", []byte{0, 0, 8, 0}, "want extents"},
		{"missing extents", []byte{0, 0, 8, 3, 0, 0, 0, 1}, "extents of 3 axes, have 4 bytes"},
		{"short data", []byte{0, 0, 8, 1, 0, 0, 0, 2, 1}, "want 2 bytes of data, have 1"},
		{"4 GiB promised", []byte{0, 0, 8, 1, 255, 255, 255, 255}, "too large"},
		{"extents that overflow", append([]byte{0, 0, 8, 4}, bytes.Repeat([]byte{127, 255, 255, 255}, 4)...), "overflows"},
	} {
		if _, err := decoded(c.raw); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: have error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestTruncatedArchives(t *testing.T) {
	for _, name := range []string{"packed.npz", "pixels.idx.gz"} {
		raw, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		for _, n := range []int{2, 11, len(raw) / 2, len(raw) - 1} {
			if err := os.WriteFile(path, raw[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path, Options{}); err == nil {
				t.Errorf("%s: the first %d of %d bytes were read without an error", name, n, len(raw))
			}
		}
	}
}

func TestWrittenArraysReadBack(t *testing.T) {
	types := slices.Sorted(maps.Values(npyTypes))
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(types).Draw(t, "type")
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n := 1
		for _, e := range shape {
			n *= e
		}
		raw := rapid.SliceOfN(rapid.Byte(), n*d.Bits()/8, n*d.Bits()/8).Draw(t, "data")
		x, err := graph.FromRaw(d, shape, raw)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteNPY(&b, x); err != nil {
			t.Fatal(err)
		}
		if begin := b.Len() - len(raw); begin%64 != 0 {
			t.Errorf("data begins at byte %d, which is no multiple of 64", begin)
		}
		y, err := decoded(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if y.DType() != d || !slices.Equal(y.Shape(), shape) || !bytes.Equal(y.Raw(), raw) {
			t.Errorf("wrote %v%v % x, read %v%v % x", d, shape, raw, y.DType(), y.Shape(), y.Raw())
		}
	})
}

func TestSaveNPY(t *testing.T) {
	path := filepath.Join(t.TempDir(), "y.npy")
	if err := SaveNPY(path, graph.TensorOf([]graph.BFloat16Bits{0x3fc0}, 1)); err != nil {
		t.Fatal(err)
	}
	s, err := Load(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantFloats(t, "bfloat16 becomes float32", s.Arrays[""], []int{1}, []float64{1.5})
	if err := SaveNPY(path, graph.TensorOf([]string{"a"}, 1)); err == nil || !strings.Contains(err.Error(), "string") {
		t.Errorf("strings: have error %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("SaveNPY left %d files, want 1", len(left))
	}
}

func FuzzNPY(f *testing.F) {
	files, _ := filepath.Glob(in("*.np[yz]"))
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if x, err := decoded(raw); err == nil {
			if len(x.Raw()) > len(raw) {
				t.Errorf("%d bytes of elements from a file of %d", len(x.Raw()), len(raw))
			}
			var b bytes.Buffer
			if err := WriteNPY(&b, x); err != nil {
				t.Fatal(err)
			}
			y, err := decoded(b.Bytes())
			if err != nil || !bytes.Equal(x.Raw(), y.Raw()) {
				t.Errorf("written and read again it is another array: %v", err)
			}
		}
		if a := (&archive{contents: bytes.NewReader(raw), size: int64(len(raw))}); a.list() == nil {
			for _, name := range a.names {
				if s, err := a.stored(name); err == nil && s.bytes < 1<<24 {
					_, _ = s.all(0)
				}
			}
		}
	})
}

func FuzzIDX(f *testing.F) {
	for _, name := range []string{"labels.idx", "int16.idx"} {
		raw, err := os.ReadFile(in(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if x, err := decoded(raw); err == nil && len(x.Raw()) > len(raw) {
			t.Errorf("%d bytes of elements from a file of %d", len(x.Raw()), len(raw))
		}
	})
}
