package dataset

import (
	"fmt"
	"iter"

	"github.com/pollard-dev/pollard/graph"
)

// Array is an array of a file as it is stored: no Options are applied, and its numbers are not
// checked.
type Array struct {
	Name   string
	Tensor *graph.Tensor
}

// Arrays yields the arrays of the .npz at path in file order, one at a time, so that no more than
// one need be in memory. It stops after an error.
func Arrays(path string) iter.Seq2[Array, error] {
	return func(yield func(Array, error) bool) {
		a, err := openArchive(path)
		if err == nil {
			defer a.close()
			if a.zip == nil {
				err = fmt.Errorf("npz: want an archive of arrays, have one array")
			}
		}
		if err != nil {
			yield(Array{}, fmt.Errorf("%s: %w", path, err))
			return
		}
		for _, name := range a.names {
			s, err := a.stored(name)
			var t *graph.Tensor
			if err == nil {
				if t, err = s.all(0); err != nil {
					err = fmt.Errorf("array %q: %w", name, err)
				}
			}
			if err != nil {
				yield(Array{}, fmt.Errorf("%s: %w", path, err))
				return
			}
			if !yield(Array{name, t}, nil) {
				return
			}
		}
	}
}
