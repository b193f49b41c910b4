package kernel

import "slices"

// broadcast returns the shape that multidirectional broadcasting gives
// (https://onnx.ai/onnx/repo-docs/Broadcasting.html). It returns ok == false if there is none.
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

// merge joins neighbouring axes that can be walked as one with every set of strides, and drops
// those of extent 1.
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
