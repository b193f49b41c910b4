package onnx

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"unsafe"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph/memory"
)

// mapping is the contents of a file, read only.
type mapping struct {
	path    string
	info    os.FileInfo // of the file when it was opened
	bytes   []byte
	release func([]byte) error // nil if the garbage collector releases the bytes
	sum     string             // SHA-1 in hex, computed on demand
}

// holds reports whether b lies in the mapping of a file.
func (m *mapping) holds(b []byte) bool {
	if m.release == nil || len(b) == 0 || len(m.bytes) == 0 {
		return false
	}
	first := uintptr(unsafe.Pointer(&m.bytes[0]))
	at := uintptr(unsafe.Pointer(&b[0]))
	return at >= first && at+uintptr(len(b)) <= first+uintptr(len(m.bytes))
}

// forget releases the pages that lie entirely in b. The system reads them from the file again when
// they are needed.
func (m *mapping) forget(b []byte) {
	if !m.holds(b) { // or closed
		return
	}
	page := uintptr(os.Getpagesize())
	first := uintptr(unsafe.Pointer(&b[0]))
	skip := (page - first%page) % page
	if size := (uintptr(len(b)) - min(skip, uintptr(len(b)))) / page * page; size > 0 {
		dropPages(b[skip : skip+size])
	}
}

// unchanged returns an error if the file has been replaced or modified since it was opened. The
// model is then unreliable: pages that are read from now on hold the new contents.
func (m *mapping) unchanged() error {
	if m.release == nil {
		return nil
	}
	info, err := os.Stat(m.path)
	if err != nil {
		return fmt.Errorf("%s: the file has gone since it was opened: %w", m.path, staging.Pathless(err))
	}
	if !os.SameFile(info, m.info) || info.Size() != m.info.Size() || !info.ModTime().Equal(m.info.ModTime()) {
		return fmt.Errorf("%s: the file has changed since it was opened", m.path)
	}
	return nil
}

func (m *mapping) close() error {
	b, release := m.bytes, m.release
	m.bytes, m.release = nil, nil
	if release == nil {
		return nil
	}
	return release(b)
}

// mapFile maps a file, or reads it if it cannot be mapped, such as a pipe.
func mapFile(path string) (*mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return mapOpened(path, f)
}

// mapOpened maps f, which lies at path.
func mapOpened(path string, f *os.File) (*mapping, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("is a directory")
	case !info.Mode().IsRegular():
		b, err := readPipe(f, info.Mode())
		return &mapping{bytes: b}, err
	case info.Size() == 0:
		return &mapping{}, nil
	case info.Size() > math.MaxInt:
		return nil, errors.New("the file is larger than this machine can address")
	}
	m, err := mapRegular(f, int(info.Size()))
	if err != nil {
		return nil, err
	}
	m.path, m.info = path, info
	return m, nil
}

// readPipe reads a pipe to its end, up to the memory limit.
func readPipe(r io.Reader, mode os.FileMode) ([]byte, error) {
	if mode&os.ModeDevice != 0 {
		return nil, errors.New("is a device, want a file or a pipe")
	}
	limit := memory.Limit(0).Bytes()
	b, err := io.ReadAll(io.LimitReader(r, limit))
	if err == nil && int64(len(b)) == limit {
		err = memory.Hold("what comes out of the pipe", math.MaxInt64)
	}
	return b, err
}
