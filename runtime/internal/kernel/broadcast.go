package kernel

import "slices"

// broadcast is the shape that multidirectional broadcasting gives
// (https://onnx.ai/onnx/repo-docs/Broadcasting.html); ok is false when there is none.
func broadcast(a, b []int) (out []int, ok bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out = slices.Clone(a)
	for i, d := range b {
		at := len(a) - len(b) + i
		switch {
		case out[at] == d || d == 1:
		case out[at] == 1:
			out[at] = d
		default:
			return nil, false
		}
	}
	return out, true
}

// strides gives the row-major strides of in against the axes of out, 0 where in is repeated.
func strides(in, out []int) []int {
	s := make([]int, len(out))
	step := 1
	for i := len(in) - 1; i >= 0; i-- {
		if in[i] != 1 {
			s[len(out)-len(in)+i] = step
		}
		step *= in[i]
	}
	return s
}

// walk goes through the positions of dims in row-major order and keeps the offsets
// that several sets of strides give there.
type walk struct {
	dims    []int
	strides [][]int

	at       []int // offset by set of strides
	position []int
}

// start goes to the position with that row-major index.
func (w *walk) start(index int) {
	w.at = make([]int, len(w.strides))
	w.position = make([]int, len(w.dims))
	for d := len(w.dims) - 1; d >= 0 && index > 0; d-- {
		w.position[d] = index % w.dims[d]
		index /= w.dims[d]
		for i, s := range w.strides {
			w.at[i] += s[d] * w.position[d]
		}
	}
}

// next goes to the following position.
func (w *walk) next() {
	for d := len(w.dims) - 1; d >= 0; d-- {
		w.position[d]++
		for i, s := range w.strides {
			w.at[i] += s[d]
		}
		if w.position[d] < w.dims[d] {
			return
		}
		for i, s := range w.strides {
			w.at[i] -= s[d] * w.dims[d]
		}
		w.position[d] = 0
	}
}

// merge joins neighbouring axes that every set of strides walks as one and drops those of extent 1.
func merge(dims []int, sets ...[]int) ([]int, [][]int) {
	var outDims []int
	out := make([][]int, len(sets))
	for d, size := range dims {
		if size == 1 {
			continue
		}
		last := len(outDims) - 1
		joins := last >= 0
		for i, s := range sets {
			joins = joins && out[i][last] == s[d]*size
		}
		if joins {
			outDims[last] *= size
			for i, s := range sets {
				out[i][last] = s[d]
			}
			continue
		}
		outDims = append(outDims, size)
		for i, s := range sets {
			out[i] = append(out[i], s[d])
		}
	}
	if len(outDims) == 0 {
		outDims = []int{1}
		for i := range out {
			out[i] = []int{0}
		}
	}
	return outDims, out
}
