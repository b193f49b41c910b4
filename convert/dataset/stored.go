package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// stored is an array of a file, of which only the header has been read.
type stored struct {
	layout
	name  string
	isIDX bool
	start int   // offset of the data
	bytes int   // of the data
	width int   // bytes per sample
	size  int64 // of header and data, by the file system or the archive; -1 if not known
	open  func() (io.ReadCloser, error)
}

// newStored reads the header of an .npy or IDX file of size bytes, or -1 if the size is not known.
// The header must declare exactly the bytes that are there and, if the file is packed in packed
// bytes, no more than those can hold.
func newStored(name string, open func() (io.ReadCloser, error), size, packed int64) (*stored, error) {
	r, err := open()
	if err != nil {
		return nil, staging.Pathless(err)
	}
	defer r.Close()
	s := &stored{name: name, open: open, size: size}
	if err := s.header(r); err != nil {
		return nil, err
	}
	if s.bytes, err = byteLen(s.dtype, s.shape); err != nil {
		return nil, err
	}
	if size >= 0 && int64(s.start)+int64(s.bytes) != size {
		return nil, s.wrongSize(size - int64(s.start))
	}
	if most := maxInflated(packed); packed >= 0 && int64(s.bytes) > most {
		return nil, fmt.Errorf("%s: want %d bytes of data, but %d packed ones hold at most %d", s.text(), s.bytes, packed, most)
	}
	if len(s.shape) > 0 && s.shape[0] > 0 {
		s.width = s.bytes / s.shape[0]
	}
	return s, nil
}

// maxInflated returns how many bytes the given number of deflated ones can expand to: a code of two
// bits stands for at most 258 bytes.
func maxInflated(packed int64) int64 { return memory.Product(packed, 1032) }

// text returns the array's type for errors.
func (s *stored) text() string { return fmt.Sprintf("%v%v", s.dtype, graph.ShapeOf(s.shape...)) }

func (s *stored) wrongSize(have int64) error {
	return fmt.Errorf("%s: want %d bytes of data, have %d", s.text(), s.bytes, have)
}

// longestHeader bounds headers; NumPy's own are below 64 KiB.
const longestHeader = 1 << 20

// header reads what precedes the data.
func (s *stored) header(r io.Reader) error {
	head := make([]byte, 12)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return staging.Pathless(err)
	}
	switch {
	case bytes.HasPrefix(head, []byte(npyMagic)):
		return s.npy(head, r)
	case bytes.HasPrefix(head, []byte{0, 0}):
		return s.idx(head, r)
	}
	return fmt.Errorf("want an .npy, .npz or IDX file, have bytes that begin with % x", head[:min(4, len(head))])
}

// npy reads the header of an .npy file that starts with head.
func (s *stored) npy(head []byte, r io.Reader) error {
	raw := head
	if len(head) == 12 {
		length := int64(binary.LittleEndian.Uint16(raw[8:])) - 2
		if raw[6] > 1 {
			length = int64(binary.LittleEndian.Uint32(raw[8:]))
		}
		if length = max(0, length); length <= longestHeader {
			more, err := io.ReadAll(io.LimitReader(r, length))
			if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				return staging.Pathless(err)
			}
			raw = append(raw, more...)
		}
	}
	text, rest, err := splitNPY(raw)
	if err != nil {
		return err
	}
	s.start = len(raw) - len(rest)
	s.layout, err = parseNPYHeader(text)
	return err
}

// idx reads the header of an IDX file that starts with head.
func (s *stored) idx(head []byte, r io.Reader) error {
	raw := head
	if len(head) == 12 {
		more, err := io.ReadAll(io.LimitReader(r, max(0, 4+4*int64(raw[3])-12)))
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return staging.Pathless(err)
		}
		raw = append(raw, more...)
	}
	s.isIDX = true
	var err error
	if s.layout, s.start, err = parseIDXHeader(raw); err != nil {
		return err
	}
	return nil
}

// empty returns an array of no samples; a single element, which may stand for a scalar, becomes
// zero.
func (s *stored) empty() (*graph.Tensor, error) {
	if s.bytes == s.dtype.Bits()/8 {
		return graph.FromRaw(s.dtype, s.shape, make([]byte, s.bytes))
	}
	return graph.FromRaw(s.dtype, append([]int{0}, s.shape[1:]...), nil)
}

// all reads the whole array in row-major order. It first checks its size, together with the bytes
// held already, against the memory limit.
func (s *stored) all(held int64) (*graph.Tensor, error) {
	takes := int64(s.bytes)
	if s.columnMajor() {
		takes *= 2
	}
	if err := memory.Hold(s.text(), memory.Sum(held, takes)); err != nil {
		return nil, err
	}
	r, err := s.open()
	if err != nil {
		return nil, staging.Pathless(err)
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, int64(s.start)); err != nil {
		return nil, s.unexpectedEOF(err, 0)
	}
	data := make([]byte, s.bytes)
	if n, err := io.ReadFull(r, data); err != nil {
		return nil, s.unexpectedEOF(err, n)
	}
	if err := s.expectEOF(r); err != nil {
		return nil, err
	}
	size := s.dtype.Bits() / 8
	if s.swap {
		swap(data, size)
	}
	if s.columnMajor() {
		data = rowMajor(data, s.shape, size)
	}
	return graph.FromRaw(s.dtype, s.shape, data)
}

func (s *stored) columnMajor() bool { return s.fortran && len(s.shape) > 1 }

// expectEOF returns an error if anything follows the data. A damaged archive shows here, too.
func (s *stored) expectEOF(r io.Reader) error {
	switch more, err := io.CopyN(io.Discard, r, 1); {
	case more > 0:
		return fmt.Errorf("%s: bytes follow the last sample", s.text())
	case !errors.Is(err, io.EOF):
		return staging.Pathless(err)
	}
	return nil
}

// unexpectedEOF converts an unexpected end of file to an error that says how many bytes there are.
func (s *stored) unexpectedEOF(err error, have int) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return s.wrongSize(int64(have))
	}
	return staging.Pathless(err)
}
