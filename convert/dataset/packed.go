package dataset

import (
	"archive/zip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"

	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// packed is the data of an array that are compressed. While reads go forward, as in a single pass
// over the samples, they are served as the data are unpacked. The first read that goes back has all
// data unpacked into a temporary file, once.
type packed struct {
	of *stored

	mu       sync.Mutex
	from     io.ReadCloser // unpacks; nil before the first read and after the last
	at       int64         // where from is in the data
	unpacked *temporary    // all data, in the end
	err      error         // sticks
}

// ReadAt reads from offset at of the data.
func (p *packed) ReadAt(to []byte, at int64) (int, error) {
	whole, n, err := p.forward(to, at)
	if whole == nil || err != nil {
		return n, err
	}
	return whole.ReadAt(to, at)
}

// forward reads from what is unpacked next or, if offset at is behind that, returns the file of all
// data.
func (p *packed) forward(to []byte, at int64) (whole *temporary, n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil || p.unpacked != nil {
		return p.unpacked, 0, p.err
	}
	if at < p.at {
		p.err = p.unpack()
		return p.unpacked, 0, p.err
	}
	n, p.err = p.next(to, at)
	return nil, n, p.err
}

// next skips to offset at, which is not behind, and reads from there.
func (p *packed) next(to []byte, at int64) (n int, err error) {
	if err := p.start(); err != nil {
		return 0, err
	}
	skipped, err := io.CopyN(io.Discard, p.from, at-p.at)
	p.at += skipped
	if err == nil {
		n, err = io.ReadFull(p.from, to)
		p.at += int64(n)
	}
	if err != nil {
		return n, p.of.unexpectedEOF(err, int(p.at))
	}
	if p.at == int64(p.of.bytes) {
		return n, p.of.expectEOF(p.from)
	}
	return n, nil
}

// start opens the data at their start, unless they are open.
func (p *packed) start() (err error) {
	if p.from != nil {
		return nil
	}
	if p.from, err = p.of.open(); err != nil {
		p.from = nil
		return staging.Pathless(err)
	}
	p.at = 0
	if _, err := io.CopyN(io.Discard, p.from, int64(p.of.start)); err != nil {
		return p.of.unexpectedEOF(err, 0)
	}
	return nil
}

// unpack unpacks all data into a temporary file.
func (p *packed) unpack() error {
	p.stop()
	if err := p.start(); err != nil {
		return err
	}
	defer p.stop()
	t, err := newTemporary()
	if err != nil {
		return err
	}
	n, err := io.CopyN(t, p.from, int64(p.of.bytes))
	switch {
	case t.err != nil:
		err = t.err
	case err != nil:
		err = p.of.unexpectedEOF(err, int(n))
	default:
		err = p.of.expectEOF(p.from)
	}
	if err != nil {
		t.Close()
		return err
	}
	p.unpacked = t
	return nil
}

func (p *packed) stop() {
	if p.from != nil {
		p.from.Close()
		p.from = nil
	}
}

// Close removes the temporary file.
func (p *packed) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop()
	if p.unpacked == nil {
		return nil
	}
	p.err = os.ErrClosed
	return p.unpacked.Close()
}

// temporary is a file without a name, where the system allows that: then it is gone when the process
// ends, however it ends.
type temporary struct {
	*os.File
	named bool  // it could not be removed while it is open
	err   error // of writing
}

func newTemporary() (*temporary, error) {
	f, err := os.CreateTemp("", "pollard-samples-")
	if err != nil {
		return nil, cannotUnpack(err)
	}
	return &temporary{File: f, named: os.Remove(f.Name()) != nil}, nil
}

// cannotUnpack returns the error that data cannot be unpacked into a temporary file, and where.
func cannotUnpack(err error) error {
	return fmt.Errorf("cannot be unpacked into a temporary file in %s (see TMPDIR): %w", os.TempDir(), staging.Pathless(err))
}

// Write is that of the file. Its error says what was tried.
func (t *temporary) Write(b []byte) (int, error) {
	n, err := t.File.Write(b)
	if err != nil {
		t.err = cannotUnpack(err)
	}
	return n, err
}

// ReadFrom hides that of the file, whose errors do not tell reading from writing.
func (t *temporary) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{t}, r)
}

func (t *temporary) Close() error {
	err := t.File.Close()
	if t.named {
		err = errors.Join(err, os.Remove(t.Name()))
	}
	return err
}

// summed is the data of an array that lie in an .npz as they are. It compares their checksum with
// the archive's once they have been read in order, as they are in a pass over all samples: a damaged
// archive shows then.
type summed struct {
	data   io.ReaderAt
	bytes  int64
	header uint32 // checksum of what precedes the data
	want   uint32

	mu      sync.Mutex
	next    int64 // the data before are in sum
	sum     uint32
	checked bool
}

// ReadAt reads from offset at of the data.
func (s *summed) ReadAt(to []byte, at int64) (int, error) {
	n, err := s.data.ReadAt(to, at)
	if err != nil {
		return n, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.checked {
		return n, nil
	}
	if at == 0 {
		s.next, s.sum = 0, s.header
	}
	if at == s.next {
		s.sum = crc32.Update(s.sum, crc32.IEEETable, to[:n])
		s.next += int64(n)
	}
	if s.next < s.bytes {
		return n, nil
	}
	if s.sum != s.want {
		return 0, zip.ErrChecksum
	}
	s.checked = true
	return n, nil
}
