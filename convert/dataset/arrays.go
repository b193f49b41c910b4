package dataset

import (
	"archive/zip"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// Array is an array of a file. The tensor is as it is stored: no Options, no check of its numbers.
type Array struct {
	Name   string
	Tensor *graph.Tensor
}

// Arrays gives the arrays of the .npz at path one after the other, in the order of the file, so that no more than
// one need be held. It ends after an error.
func Arrays(path string) iter.Seq2[Array, error] {
	return func(yield func(Array, error) bool) {
		z, err := zip.OpenReader(path)
		if err != nil {
			yield(Array{}, fmt.Errorf("%s: npz: %w", path, pathless(err)))
			return
		}
		defer z.Close()
		for _, f := range z.File {
			name, ok := strings.CutSuffix(f.Name, ".npy")
			if !ok {
				continue
			}
			t, err := decodeEntry(f)
			if err != nil {
				yield(Array{}, fmt.Errorf("%s: array %q: %w", path, name, err))
				return
			}
			if !yield(Array{name, t}, nil) {
				return
			}
		}
	}
}

// inArchive opens the entry of that number of the .npz at path.
func inArchive(path string, entry int) (io.ReadCloser, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	if entry >= len(z.File) {
		z.Close()
		return nil, zip.ErrFormat // somebody writes to it while we read
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

// Close closes all, from the inside out.
func (n nested) Close() error {
	var first error
	for _, c := range n.closers {
		if err := c.Close(); first == nil {
			first = err
		}
	}
	return first
}
