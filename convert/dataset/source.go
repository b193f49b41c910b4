package dataset

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// source is an array that is read from a file as it is needed. Its layout is never column-major, for then a sample
// lies all over the file.
type source struct {
	layout
	name  string
	isIDX bool
	start int // where the data begin
	width int // bytes of a sample
	open  func() (io.ReadCloser, error)
}

// sources lists the arrays of the file at path.
func sources(path string) ([]*source, error) {
	plain := func() (io.ReadCloser, error) { return os.Open(path) }
	head, err := peek(plain)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("PK")) {
		return entries(path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathless(err)
	}
	open, size := plain, info.Size()
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		size = -1
		open = func() (io.ReadCloser, error) {
			f, err := plain()
			if err != nil {
				return nil, err
			}
			z, err := gzip.NewReader(f)
			if err != nil {
				f.Close()
				return nil, fmt.Errorf("gzip: %w", err)
			}
			return nested{z, []io.Closer{z, f}}, nil
		}
	}
	s, err := newSource("", open, size)
	return []*source{s}, err
}

// entries lists the arrays of the .npz at path.
func entries(path string) ([]*source, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", pathless(err))
	}
	defer z.Close()
	var all []*source
	for i, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if name == "" || slices.ContainsFunc(all, func(s *source) bool { return s.name == name }) {
			return nil, fmt.Errorf("npz: want array names that are distinct and not empty, have %q", name)
		}
		s, err := newSource(name, func() (io.ReadCloser, error) { return inArchive(path, i) }, int64(f.UncompressedSize64))
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("npz: there is no array in it")
	}
	return all, nil
}

// peek is the first bytes of a file, as many as tell its format.
func peek(open func() (io.ReadCloser, error)) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, pathless(err)
	}
	defer r.Close()
	head := make([]byte, len(npyMagic))
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, pathless(err)
	}
	return head[:n], nil
}

// newSource reads the header of an .npy or IDX file of size bytes; -1 when that is not known.
func newSource(name string, open func() (io.ReadCloser, error), size int64) (*source, error) {
	head, err := peek(open)
	if err != nil {
		return nil, err
	}
	r, err := open()
	if err != nil {
		return nil, pathless(err)
	}
	defer r.Close()
	s := &source{name: name, open: open}
	switch {
	case bytes.HasPrefix(head, []byte(npyMagic)):
		err = s.npy(r)
	case bytes.HasPrefix(head, []byte{0, 0}):
		err = s.idx(r)
	default:
		err = fmt.Errorf("want an .npy, .npz or IDX file, have bytes that begin with % x", head[:min(4, len(head))])
	}
	if err != nil {
		return nil, err
	}
	want, err := byteLen(s.dtype, s.shape)
	if err != nil {
		return nil, err
	}
	if size >= 0 && int64(s.start)+int64(want) != size {
		return nil, fmt.Errorf("%v%v: want %d bytes of data, have %d", s.dtype, graph.ShapeOf(s.shape...), want, size-int64(s.start))
	}
	if len(s.shape) > 0 && s.shape[0] > 0 {
		s.width = want / s.shape[0]
	}
	if s.fortran && len(s.shape) > 1 {
		return s, s.hold()
	}
	return s, nil
}

// longestHeader bounds the headers that are read; NumPy's own are below 64 KiB.
const longestHeader = 1 << 20

// npy reads the header of an .npy file.
func (s *source) npy(r io.Reader) error {
	raw := make([]byte, 12)
	n, err := io.ReadFull(r, raw)
	raw = raw[:n]
	if err == nil {
		length := int64(binary.LittleEndian.Uint16(raw[8:])) - 2
		if raw[6] > 1 {
			length = int64(binary.LittleEndian.Uint32(raw[8:]))
		}
		more, e := io.ReadAll(io.LimitReader(r, min(max(0, length), longestHeader)))
		raw, err = append(raw, more...), e
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	text, _, err := splitNPY(raw)
	if err != nil {
		return err
	}
	s.start = len(raw)
	s.layout, err = parseNPYHeader(text)
	return err
}

// idx reads the header of an IDX file.
func (s *source) idx(r io.Reader) error {
	raw := make([]byte, 4)
	n, err := io.ReadFull(r, raw)
	raw = raw[:n]
	if err == nil {
		more, e := io.ReadAll(io.LimitReader(r, 4*int64(raw[3])))
		raw, err = append(raw, more...), e
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	s.isIDX = true
	s.layout, s.start, err = parseIDXHeader(raw)
	return err
}

// empty is none of its samples; a scalar, which has none, is zero.
func (s *source) empty() (*graph.Tensor, error) {
	if len(s.shape) == 0 {
		return graph.FromRaw(s.dtype, s.shape, make([]byte, s.dtype.Bits()/8))
	}
	return graph.FromRaw(s.dtype, append([]int{0}, s.shape[1:]...), nil)
}

// hold reads the whole of a column-major array and keeps it, row-major.
func (s *source) hold() error {
	r, err := s.open()
	if err != nil {
		return pathless(err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	t, err := decodeNPY(raw)
	if err != nil {
		return err
	}
	s.start, s.layout = 0, layout{dtype: s.dtype, shape: s.shape}
	s.open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(t.Raw())), nil }
	return nil
}
