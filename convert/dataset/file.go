package dataset

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// File is a Source of the samples in a file: what Load reads and Bind binds, but read where it is
// needed. Its memory depends on the samples that are read at a time, not on the file, with two
// exceptions. Column-major arrays are held as a whole, because each sample is spread over all of
// the file. Compressed arrays are held if they are small; larger ones are unpacked into a temporary
// file when a sample is read again.
//
// Numbers are checked as they are read, and so is the checksum of an .npz if all of it is read in
// order.
type File struct {
	path   string
	opt    Options
	inputs []*graph.Value
	count  int
	stored *archive
	arrays []*fileArray // those that feed inputs
	held   int64        // bytes of arrays that are held
	// constants go with every sample.
	constants map[string]*graph.Tensor
	// table says what was taken from the columns of an Arrow file, which are unpacked into a folder; "" and nil for
	// other files.
	unpacked string
	table    *Table
}

// fileArray is an array that samples are read from.
type fileArray struct {
	*stored
	data io.ReaderAt // what follows the header
}

// mostHeld bounds the bytes of compressed arrays that are held rather than unpacked into a file.
const mostHeld = 64 << 20

// Open reads the headers of the file at path and matches its arrays to the inputs as Bind does. The
// File must be closed.
func Open(path string, opt Options, inputs []*graph.Value) (*File, error) {
	f := &File{path: path, opt: opt, inputs: inputs, count: -1, constants: map[string]*graph.Tensor{}}
	if err := f.open(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func (f *File) open() (err error) {
	from := f.path
	if err := refuseParquet(from); err != nil {
		return err
	}
	if isArrow(from) {
		if from, f.table, err = unpackArrow(from, f.inputs); err != nil {
			return err
		}
		f.unpacked = filepath.Dir(from)
	}
	if f.stored, err = openArchive(from); err != nil {
		return err
	}
	names, err := f.stored.match(f.opt, f.inputs)
	if err != nil {
		return err
	}
	for _, name := range names {
		s, err := f.stored.stored(name)
		if err != nil {
			return err
		}
		if err := f.add(s); err != nil {
			return inArray(name, err)
		}
	}
	f.count = max(0, f.count)
	return nil
}

// inArray returns err, if it is one, with the name of the array that it is about, if that has one.
func inArray(name string, err error) error {
	if err == nil || name == "" {
		return err
	}
	return fmt.Errorf("array %q: %w", name, err)
}

// add adds an array to those that samples are read from. A scalar, which goes with every sample, is
// read now.
func (f *File) add(s *stored) error {
	scalar := func(v *graph.Value) bool {
		return (v.Name == s.name || s.name == "") && v.Type.Shape != nil && len(v.Type.Shape) == 0
	}
	if slices.ContainsFunc(f.inputs, scalar) {
		t, err := s.all(0)
		if err == nil {
			t, err = f.opt.numbers(arrayLabel(s.name, f.inputs), t, s.isIDX, nil)
		}
		f.constants[s.name] = t
		return err
	}
	if n := s.shape[0]; f.count < 0 {
		f.count = n
	} else if n != f.count {
		return fmt.Errorf("want %d samples as the others have, have %d", f.count, n)
	}
	a := &fileArray{stored: s}
	var err error
	if s.columnMajor() || f.stored.packs(s.name) && memory.Sum(f.held, int64(s.bytes)) <= min(mostHeld, memory.Limit(0).Bytes()) {
		err = f.hold(a)
	} else {
		a.data, err = f.stored.data(s)
	}
	f.arrays = append(f.arrays, a)
	return err
}

// hold reads the whole array and keeps it in row-major order.
func (f *File) hold(a *fileArray) error {
	t, err := a.all(f.held)
	if err != nil {
		return err
	}
	f.held += int64(a.bytes)
	a.layout, a.data = layout{dtype: a.dtype, shape: a.shape}, bytes.NewReader(t.Raw())
	return nil
}

// packs reports whether the named array is compressed.
func (a *archive) packs(name string) bool {
	if a.zip == nil {
		return a.one.size < 0
	}
	return a.zip.File[a.entries[name]].Method != zip.Store
}

// data returns what follows the header of an array.
func (a *archive) data(s *stored) (io.ReaderAt, error) {
	if a.packs(s.name) {
		return &packed{of: s}, nil
	}
	if a.zip == nil {
		return io.NewSectionReader(a.contents, int64(s.start), int64(s.bytes)), nil
	}
	entry := a.zip.File[a.entries[s.name]]
	start, err := entry.DataOffset()
	if err != nil {
		return nil, err
	}
	if entry.CompressedSize64 != entry.UncompressedSize64 {
		return nil, zip.ErrFormat
	}
	header := make([]byte, s.start)
	if _, err := a.contents.ReadAt(header, start); err != nil {
		return nil, staging.Pathless(err)
	}
	return &summed{
		data:  io.NewSectionReader(a.contents, start+int64(s.start), int64(s.bytes)),
		bytes: int64(s.bytes), header: crc32.ChecksumIEEE(header), want: entry.CRC32,
	}, nil
}

// Count returns the number of samples.
func (f *File) Count() int { return f.count }

// Labels reads the labels in the file, one for each sample; nil if it has none.
func (f *File) Labels() (labels []int, err error) {
	if f.stored.zip == nil || !f.stored.has(labelsName) {
		return nil, nil
	}
	s, err := f.stored.stored(labelsName) // its error names the array
	if err == nil {
		var t *graph.Tensor
		if t, err = s.all(f.held); err == nil {
			labels, err = toLabels(t)
		}
		err = inArray(labelsName, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return labels, nil
}

// Read reads samples as a Source does.
func (f *File) Read(samples []int) (map[string]*graph.Tensor, error) {
	set, err := f.read(samples)
	if changed := f.stored.unchanged(); changed != nil { // which explains other errors
		err = changed
	}
	var feeds map[string]*graph.Tensor
	if err == nil {
		feeds, err = set.bind(f.inputs)
	}
	if err != nil {
		return nil, &ReadError{fmt.Errorf("%s: %w", f.path, err)}
	}
	return feeds, nil
}

func (f *File) read(samples []int) (*Set, error) {
	for _, n := range samples {
		if n < 0 || n >= f.count {
			return nil, fmt.Errorf("sample %d: there are %d", n, f.count)
		}
	}
	set := &Set{Arrays: maps.Clone(f.constants), numbers: samples, bytes: f.held}
	for _, a := range f.arrays {
		t, err := a.read(samples, set.bytes)
		if err != nil {
			return nil, inArray(a.name, err)
		}
		if t, err = f.opt.numbers(arrayLabel(a.name, f.inputs), t, a.isIDX, samples); err != nil {
			return nil, err
		}
		set.Arrays[a.name] = t
		set.bytes += int64(len(t.Raw()))
	}
	return set, nil
}

// read returns the samples with the given numbers. It first checks their size, together with the
// bytes held already, against the memory limit.
func (a *fileArray) read(samples []int, held int64) (*graph.Tensor, error) {
	size := memory.Product(len(samples), a.width)
	if err := memory.Hold(fmt.Sprintf("%d samples of %s", len(samples), a.text()), memory.Sum(held, size)); err != nil {
		return nil, err
	}
	data := make([]byte, 0, size)
	for rest := samples; len(rest) > 0; {
		n := runOf(rest) // in one read
		part := data[len(data) : len(data)+n*a.width]
		if read, err := a.data.ReadAt(part, int64(rest[0])*int64(a.width)); err != nil && (read < len(part) || err != io.EOF) {
			return nil, a.unexpectedEOF(err, rest[0])
		}
		data, rest = data[:len(data)+len(part)], rest[n:]
	}
	if a.swap {
		swap(data, a.dtype.Bits()/8)
	}
	return graph.FromRaw(a.dtype, slices.Concat([]int{len(samples)}, a.shape[1:]), data)
}

// unexpectedEOF converts an unexpected end of file to an error that names the first sample that was
// to be read.
func (a *fileArray) unexpectedEOF(err error, sample int) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: the data end after sample %d or before", a.text(), sample)
	}
	return staging.Pathless(err)
}

// Close closes the file, and removes what was unpacked.
func (f *File) Close() error {
	var all []error
	if f.unpacked != "" {
		defer os.RemoveAll(f.unpacked)
	}
	if f.stored == nil {
		return nil
	}
	for _, a := range f.arrays {
		if c, ok := a.data.(io.Closer); ok {
			all = append(all, c.Close())
		}
	}
	return errors.Join(append(all, f.stored.close())...)
}
