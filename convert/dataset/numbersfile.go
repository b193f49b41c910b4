package dataset

import (
	"fmt"
	"io"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// Numbers is the Truth of samples that is one array: what regression aims at, classes by pixel, a zero
// or a one for each of many labels. It is read where it is needed.
type Numbers struct {
	path    string
	file    *archive
	of      *fileArray
	samples []int // those that are left of the file's; nil for all
}

// OpenNumbers opens the single array of an .npy or IDX file, or the array "labels" of an .npz. The
// first axis counts samples. It must be closed.
func OpenNumbers(path string) (*Numbers, error) {
	n, err := openNumbers(path, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// NumbersBeside opens the array "labels" of a file of samples. It returns nil if there is none.
func NumbersBeside(path string) (*Numbers, error) {
	if !strings.HasSuffix(path, ".npz") {
		return nil, nil
	}
	n, err := openNumbers(path, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

func openNumbers(path string, beside bool) (_ *Numbers, err error) {
	a, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	name := ""
	if a.zip != nil {
		name = labelsName
	}
	if !a.has(name) {
		if beside {
			return nil, a.close()
		}
		return nil, fmt.Errorf("want an array %q, have %s", labelsName, joinNames(a.names))
	}
	s, err := a.stored(name)
	if err != nil {
		return nil, err
	}
	if len(s.shape) == 0 {
		return nil, fmt.Errorf("labels: want an array whose first axis counts samples, have one number")
	}
	f := &File{path: path, count: -1, stored: a}
	if err := f.add(s); err != nil {
		return nil, inArray(name, err)
	}
	return &Numbers{path: path, file: a, of: f.arrays[0]}, nil
}

// Count returns the number of samples.
func (n *Numbers) Count() int {
	if n.samples != nil {
		return len(n.samples)
	}
	return n.of.shape[0]
}

// Shape returns the extents of what is known of one sample.
func (n *Numbers) Shape() []int { return n.of.shape[1:] }

// DType returns the type of the numbers.
func (n *Numbers) DType() graph.DType { return n.of.dtype }

// Read returns the numbers of samples, in that order; the first axis counts them.
func (n *Numbers) Read(samples []int) (*graph.Tensor, error) {
	at := make([]int, len(samples))
	for i, s := range samples {
		if s < 0 || s >= n.Count() {
			return nil, fmt.Errorf("%s: sample %d: there are %d", n.path, s, n.Count())
		}
		at[i] = s
		if n.samples != nil {
			at[i] = n.samples[s]
		}
	}
	t, err := n.of.read(at, 0)
	if changed := n.file.unchanged(); changed != nil {
		err = changed
	}
	if err != nil {
		return nil, &ReadError{fmt.Errorf("%s: %w", n.path, err)}
	}
	return t, nil
}

// Part returns the truth of the numbered samples. Closing it closes n.
func (n *Numbers) Part(samples []int) Truth {
	out := *n
	out.samples = make([]int, len(samples))
	for i, s := range samples {
		if out.samples[i] = s; n.samples != nil {
			out.samples[i] = n.samples[s]
		}
	}
	return &out
}

// Digest writes the type and the elements.
func (n *Numbers) Digest(w io.Writer) error {
	fmt.Fprintf(w, "%v %v ", n.of.dtype, n.of.shape)
	const some = 64
	for from := 0; from < n.Count(); from += some {
		var at []int
		for s := from; s < min(n.Count(), from+some); s++ {
			at = append(at, s)
		}
		t, err := n.Read(at)
		if err != nil {
			return err
		}
		if _, err := w.Write(t.Raw()); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the file.
func (n *Numbers) Close() error {
	if c, ok := n.of.data.(io.Closer); ok {
		c.Close()
	}
	return n.file.close()
}
