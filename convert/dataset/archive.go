package dataset

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph/memory"
)

// archive is a file of arrays: an .npz, or an .npy or IDX file, possibly gzipped, with one array
// that has no name.
type archive struct {
	path string
	one  *source     // if the file holds one array
	zip  *zip.Reader // if the file is an .npz
	file *os.File
	held []byte // the contents of a pipe, which can be read only once
	// entries maps array names to entries of the .npz; names lists them in file order.
	entries map[string]int
	names   []string
}

// openArchive opens the file at path according to its first bytes. It reads no array header except
// that of a single array. A pipe is read to its end.
func openArchive(path string) (*archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, staging.Pathless(err)
	}
	a := &archive{path: path, file: f}
	if err := a.look(); err != nil {
		f.Close()
		return nil, err
	}
	return a, nil
}

func (a *archive) close() error { return a.file.Close() }

func (a *archive) look() error {
	info, err := a.file.Stat()
	if err != nil {
		return staging.Pathless(err)
	}
	if info.IsDir() {
		return errors.New("is a directory")
	}
	if info.Mode()&os.ModeDevice != 0 {
		return errors.New("is a device, want a file or a pipe")
	}
	size := info.Size()
	if !info.Mode().IsRegular() {
		if err := a.hold(); err != nil {
			return err
		}
		size = int64(len(a.held))
	}
	r, err := a.open()
	if err != nil {
		return staging.Pathless(err)
	}
	defer r.Close()
	head := make([]byte, 2)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return staging.Pathless(err)
	}
	switch head = head[:n]; {
	case bytes.Equal(head, []byte("PK")):
		return a.list(size)
	case bytes.Equal(head, []byte{0x1f, 0x8b}):
		a.one, err = newSource("", a.unpacked, -1, size)
	default:
		a.one, err = newSource("", a.open, size, -1)
	}
	a.names = []string{""}
	return err
}

// hold reads a pipe to its end.
func (a *archive) hold() (err error) {
	limit := memory.Limit(0).Bytes()
	if a.held, err = io.ReadAll(io.LimitReader(a.file, limit)); err != nil {
		return staging.Pathless(err)
	}
	if int64(len(a.held)) == limit {
		return memory.Hold("what comes out of the pipe", math.MaxInt64)
	}
	return nil
}

// open opens the file at its start.
func (a *archive) open() (io.ReadCloser, error) {
	if a.held != nil {
		return io.NopCloser(bytes.NewReader(a.held)), nil
	}
	return os.Open(a.path)
}

// unpacked opens the single array of a gzipped file.
func (a *archive) unpacked() (io.ReadCloser, error) {
	f, err := a.open()
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

// list reads the names of an .npz, leaving out entries that are not .npy.
func (a *archive) list(size int64) (err error) {
	var r io.ReaderAt = a.file
	if a.held != nil {
		r = bytes.NewReader(a.held)
	}
	if a.zip, err = zip.NewReader(r, size); err != nil {
		return fmt.Errorf("npz: %w", err)
	}
	a.entries = map[string]int{}
	for i, f := range a.zip.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if _, twice := a.entries[name]; name == "" || twice {
			return fmt.Errorf("npz: want distinct names that are not empty, have %q", name)
		}
		a.entries[name] = i
		a.names = append(a.names, name)
	}
	if len(a.names) == 0 {
		return errors.New("npz: want an array, have none")
	}
	return nil
}

// has reports whether there is an array of that name.
func (a *archive) has(name string) bool {
	if a.zip == nil {
		return name == ""
	}
	_, ok := a.entries[name]
	return ok
}

// source reads the header of the named array, which must exist.
func (a *archive) source(name string) (*source, error) {
	if a.zip == nil {
		return a.one, nil
	}
	i := a.entries[name]
	f := a.zip.File[i]
	s, err := newSource(name, f.Open, int64(f.UncompressedSize64), int64(f.CompressedSize64))
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return s, nil
}

// detach makes the source readable after the archive is closed.
func (a *archive) detach(s *source) {
	if a.zip != nil && a.held == nil {
		i := a.entries[s.name]
		s.open = func() (io.ReadCloser, error) { return inArchive(a.path, i) }
	}
}

// inArchive opens the numbered entry of the .npz at path.
func inArchive(path string, entry int) (io.ReadCloser, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	if entry >= len(z.File) {
		z.Close()
		return nil, zip.ErrFormat // the file is being overwritten
	}
	r, err := z.File[entry].Open()
	if err != nil {
		z.Close()
		return nil, err
	}
	return nested{r, []io.Closer{r, z}}, nil
}

// nested is a reader inside others, which are closed with it.
type nested struct {
	io.Reader
	closers []io.Closer
}

// Close closes all readers, innermost first.
func (n nested) Close() error {
	var first error
	for _, c := range n.closers {
		if err := c.Close(); first == nil {
			first = err
		}
	}
	return first
}
