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
	one  *stored     // if the file holds one array
	zip  *zip.Reader // if the file is an .npz
	file *os.File
	info os.FileInfo // of the file when it was opened
	// contents are those of the file or, since a pipe can be read only once, what came out of it.
	contents io.ReaderAt
	size     int64
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
	a := &archive{file: f}
	if err := a.look(); err != nil {
		f.Close()
		return nil, err
	}
	return a, nil
}

func (a *archive) close() error { return a.file.Close() }

// unchanged returns an error if the file was written to since it was opened.
func (a *archive) unchanged() error {
	if a.info == nil {
		return nil
	}
	now, err := a.file.Stat()
	if err != nil {
		return staging.Pathless(err)
	}
	if now.Size() != a.info.Size() || !now.ModTime().Equal(a.info.ModTime()) {
		return errors.New("the file has changed since it was opened")
	}
	return nil
}

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
	a.info, a.contents, a.size = info, a.file, info.Size()
	if !info.Mode().IsRegular() {
		if err := a.hold(); err != nil {
			return err
		}
	}
	head := make([]byte, 2)
	n, err := a.contents.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return staging.Pathless(err)
	}
	switch head = head[:n]; {
	case bytes.Equal(head, []byte("PK")):
		return a.list()
	case bytes.Equal(head, []byte{0x1f, 0x8b}):
		a.one, err = newStored("", a.unpacked, -1, a.size)
	default:
		a.one, err = newStored("", a.open, a.size, -1)
	}
	a.names = []string{""}
	return err
}

// hold reads a pipe to its end.
func (a *archive) hold() error {
	limit := memory.Limit(0).Bytes()
	held, err := io.ReadAll(io.LimitReader(a.file, limit))
	if err != nil {
		return staging.Pathless(err)
	}
	if int64(len(held)) == limit {
		return memory.Hold("what comes out of the pipe", math.MaxInt64)
	}
	a.info, a.contents, a.size = nil, bytes.NewReader(held), int64(len(held))
	return nil
}

// open opens the file at its start.
func (a *archive) open() (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(a.contents, 0, a.size)), nil
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
func (a *archive) list() (err error) {
	if a.zip, err = zip.NewReader(a.contents, a.size); err != nil {
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

// stored reads the header of the named array, which must exist.
func (a *archive) stored(name string) (*stored, error) {
	if a.zip == nil {
		return a.one, nil
	}
	i := a.entries[name]
	f := a.zip.File[i]
	s, err := newStored(name, f.Open, int64(f.UncompressedSize64), int64(f.CompressedSize64))
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return s, nil
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
