package dataset

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Spool collects arrays batch by batch in a folder, so that their number takes no memory, and writes
// them as an .npz.
type Spool struct {
	dir    string
	arrays []*spooled
	by     map[string]*spooled
}

// spooled is an array whose samples lie in a file.
type spooled struct {
	name  string
	dtype graph.DType
	shape []int
	file  *os.File
}

// NewSpool returns an empty Spool that uses the folder dir.
func NewSpool(dir string) *Spool { return &Spool{dir: dir, by: map[string]*spooled{}} }

// Add appends samples, which axis 0 of t counts, to the named array.
func (s *Spool) Add(name string, t *graph.Tensor) error {
	if t.Rank() == 0 || t.Raw() == nil {
		return fmt.Errorf("array %q: want numbers with samples on axis 0, have %v%v", name, t.DType(), t.Shape())
	}
	a := s.by[name]
	if a == nil {
		f, err := os.CreateTemp(s.dir, ".spool")
		if err != nil {
			return err
		}
		a = &spooled{name, t.DType(), slices.Concat([]int{0}, t.Shape()[1:]), f}
		s.arrays, s.by[name] = append(s.arrays, a), a
	}
	if t.DType() != a.dtype || !slices.Equal(t.Shape()[1:], a.shape[1:]) {
		return fmt.Errorf("array %q: samples have the extents %v and %v", name, a.shape[1:], t.Shape()[1:])
	}
	a.shape[0] += t.Shape()[0]
	_, err := a.file.Write(t.Raw())
	return err
}

// Save writes the arrays to the named file of the folder.
func (s *Spool) Save(name string) (err error) {
	f, err := os.Create(filepath.Join(s.dir, name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z := zip.NewWriter(f)
	for _, a := range s.arrays {
		header, err := npyHeader(a.dtype, a.shape)
		if err != nil {
			return fmt.Errorf("array %q: %w", a.name, err)
		}
		entry, err := z.CreateHeader(&zip.FileHeader{Name: a.name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := entry.Write(header); err != nil {
			return err
		}
		if _, err := a.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(entry, a.file); err != nil {
			return err
		}
	}
	return z.Close()
}

// Close removes what is not saved.
func (s *Spool) Close() error {
	var all []error
	for _, a := range s.arrays {
		all = append(all, a.file.Close(), os.Remove(a.file.Name()))
	}
	s.arrays, s.by = nil, map[string]*spooled{}
	return errors.Join(all...)
}
