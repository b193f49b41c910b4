package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// indices returns the elements of an integer tensor of positions. Negative ones count from the end;
// wrapIndex resolves them.
func indices(t *graph.Tensor) ([]int64, error) {
	v, ok := graph.Ints(t)
	if !ok || !t.DType().IsInt() {
		return nil, fmt.Errorf("indices of type %v are not supported", t.DType())
	}
	return v, nil
}

// wrapIndex returns index i on an axis of that many positions, counted from 0.
func wrapIndex(i int64, size int) (int, error) {
	if i < -int64(size) || i >= int64(size) {
		return 0, fmt.Errorf("index: want %d to %d, have %d", -size, size-1, i)
	}
	if i < 0 {
		i += int64(size)
	}
	return int(i), nil
}

// elementsAlong returns, for every element of a tensor of index positions along axis, the element
// of a tensor of shape dims with that position on the axis and the element's own position on the
// others.
func elementsAlong(index *graph.Tensor, dims []int, axis int) ([]int, error) {
	if index.Rank() != len(dims) {
		return nil, fmt.Errorf("indices: want %d axes, have shape %v", len(dims), index.Shape())
	}
	for d, size := range index.Shape() {
		if d != axis && size > dims[d] {
			return nil, fmt.Errorf("indices of shape %v are wider than the data of shape %v", index.Shape(), dims)
		}
	}
	v, err := indices(index)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(v))
	at := make([]int, len(dims))
	for i, x := range v {
		unravel(i, index.Shape(), at)
		if at[axis], err = wrapIndex(x, dims[axis]); err != nil {
			return nil, err
		}
		out[i] = ravel(at, dims)
	}
	return out, nil
}

// ravel returns the row-major index of a position, the inverse of unravel.
func ravel(position, dims []int) int {
	i := 0
	for d, p := range position {
		i = i*dims[d] + p
	}
	return i
}

// slicesAt reads each row of the last axis of index as a tuple of positions on consecutive axes of
// dims, from the given axis on. It returns the first element of the slice that each tuple names,
// and the number of elements in one slice.
func slicesAt(index *graph.Tensor, dims []int, batch int) (starts []int, size int, err error) {
	v, err := indices(index)
	if err != nil {
		return nil, 0, err
	}
	rank := index.Rank()
	if rank == 0 || batch+index.Shape()[rank-1] > len(dims) || batch >= rank || !slices.Equal(index.Shape()[:batch], dims[:batch]) {
		return nil, 0, fmt.Errorf("indices of shape %v do not go with data of shape %v and %d batch axes", index.Shape(), dims, batch)
	}
	width := index.Shape()[rank-1]
	size = volume(dims[batch+width:])
	rows := volume(index.Shape()[:rank-1])
	perBatch := volume(index.Shape()[batch : rank-1])
	for r := range rows {
		at := r / max(1, perBatch)
		for k, x := range v[r*width : (r+1)*width] {
			p, err := wrapIndex(x, dims[batch+k])
			if err != nil {
				return nil, 0, err
			}
			at = at*dims[batch+k] + p
		}
		starts = append(starts, at*size)
	}
	return starts, size, nil
}

// scatterAt writes update i to element at[i] of x, or combines the two as the attribute reduction
// says, in order of i.
func scatterAt(n *graph.Node, x, updates *graph.Tensor, at []int) (*graph.Tensor, error) {
	if x.DType() != updates.DType() {
		return nil, fmt.Errorf("element types differ: %v and %v", x.DType(), updates.DType())
	}
	if len(at) != updates.Len() {
		return nil, fmt.Errorf("want %d updates, have %d", len(at), updates.Len())
	}
	reduction := n.Str("reduction", "none")
	if reduction == "none" {
		last := make(map[int]int, len(at)) // update by element
		for i, k := range at {
			last[k] = i
		}
		return arrange(x.DType(), x.Shape(), func(i int) (*graph.Tensor, int) {
			if u, ok := last[i]; ok {
				return updates, u
			}
			return x, i
		})
	}
	if v, ok := graph.Ints(x); ok {
		u, _ := graph.Ints(updates)
		if err := combineAt(reduction, v, u, at); err != nil {
			return nil, err
		}
		return fromInts(x.DType(), v, x.Shape())
	}
	v, ok := graph.Floats(x)
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	u, _ := graph.Floats(updates)
	if err := combineAt(reduction, v, u, at); err != nil {
		return nil, err
	}
	return fromFloats(x.DType(), v, x.Shape())
}

func combineAt[T number](reduction string, v, updates []T, at []int) error {
	for i, k := range at {
		switch u := updates[i]; reduction {
		case "add":
			v[k] += u
		case "mul":
			v[k] *= u
		case "max":
			v[k] = max(v[k], u)
		case "min":
			v[k] = min(v[k], u)
		default:
			return fmt.Errorf("reduction: %q is none of none, add, mul, max, min", reduction)
		}
	}
	return nil
}
