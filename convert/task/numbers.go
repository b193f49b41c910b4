package task

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// known opens the labels of a task whose labels are numbers: the array of an .npy or IDX file, or the
// array "labels" of an .npz, at path or, if that is empty, of the file of the samples. It returns nil
// if that file has none.
func known(samples, path string) (*dataset.Numbers, error) {
	if path != "" {
		return dataset.OpenNumbers(path)
	}
	return dataset.NumbersBeside(samples)
}

// truthful returns d.Truth as numbers, one row for each sample, or nil without labels.
func truthful(d *dataset.Data) (*dataset.Numbers, error) {
	if d.Truth == nil {
		return nil, nil
	}
	n, ok := d.Truth.(*dataset.Numbers)
	if !ok {
		return nil, fmt.Errorf("labels: are not numbers")
	}
	return n, nil
}

// attach makes numbers the truth of d, one row for each sample.
func attach(d *dataset.Data, n *dataset.Numbers) error {
	if n == nil {
		return nil
	}
	if have, want := n.Count(), d.Samples.Count(); have != want {
		n.Close()
		return fmt.Errorf("labels: want %d, one for each sample, have %d", want, have)
	}
	d.Truth = n
	return nil
}

// rowsOf returns the labels of a batch, as numbers, one slice a sample.
func rowsOf(n *dataset.Numbers, b Batch) ([][]float64, []int, error) {
	at := make([]int, b.Count)
	for i := range at {
		at[i] = b.First + i
	}
	t, err := n.Read(at)
	if err != nil {
		return nil, nil, err
	}
	x, err := numbers(t)
	if err != nil {
		return nil, nil, err
	}
	rows, width := make([][]float64, b.Count), len(x)/b.Count
	for i := range rows {
		rows[i] = x[i*width : (i+1)*width]
	}
	return rows, t.Shape()[1:], nil
}

// both returns the named output of both models, sample by sample. The samples must have the same
// extents.
func both(b Batch, v *graph.Value) (out [2][]array, err error) {
	for m := range out {
		if out[m], err = b.each(m, v.Name); err != nil {
			return out, err
		}
	}
	for i := range out[0] {
		if !slices.Equal(out[0][i].shape, out[1][i].shape) {
			return out, fmt.Errorf("output %q: the models answer with %v and %v", v.Name, out[0][i].shape, out[1][i].shape)
		}
	}
	return out, nil
}
