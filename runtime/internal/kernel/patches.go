package kernel

import (
	"github.com/pollard-dev/pollard/graph"
)

func init() {
	bind(bindDepthToSpace, "DepthToSpace")
	bind(bindSpaceToDepth, "SpaceToDepth")
	bind(bindTile, "Tile")
}

// factored is an array whose axes are split into factors. It holds their extents, their strides,
// and their order given that of the unsplit axes.
type factored struct {
	dims, strides []int
	parts         [][]int // by axis of the array, its factors, the outermost first
}

// inOrderOf lists the factors as they lie in memory.
func (f factored) inOrderOf(a Array) []int {
	var o []int
	for d := range a.Dims {
		axis := d
		if a.Order != nil {
			axis = a.Order[d]
		}
		o = append(o, f.parts[axis]...)
	}
	return o
}

// factor splits the axes of a. Parts lists the factors of each axis, by number; their extents are
// dims.
func factor(a Array, dims []int, parts ...[]int) factored {
	f := factored{dims: dims, strides: make([]int, len(dims)), parts: parts}
	own := a.Strides()
	for d, factors := range parts {
		step := own[d]
		for i := len(factors) - 1; i >= 0; i-- {
			f.strides[factors[i]] = step
			step *= dims[factors[i]]
		}
	}
	return f
}

// bindPatches copies between an array whose channels hold patches of side b and one where the
// patches are spread over height and width. Both consist of six factors: image, row and column in a
// patch, channel, height and width.
func bindPatches(q *Request, toSpace, channelsFirst bool) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	b := q.Node.Int("blocksize", 0)
	if !floating(x) || x.Rank() != 4 || b < 1 || y.Len() == 0 {
		return nil, ErrUnfit
	}
	if SameOrder(x.Dims, x.Order, ChannelsLast(4)) || !x.Plain() {
		x.Order = ChannelsLast(4)
	}
	y.Order = x.Order
	deep, wide := y, x
	if toSpace {
		deep, wide = x, y
	}
	dims := []int{deep.Dims[0], b, b, wide.Dims[1], deep.Dims[2], deep.Dims[3]}
	channel := []int{1, 2, 3}
	if channelsFirst {
		channel = []int{3, 1, 2}
	}
	deepF := factor(deep, dims, []int{0}, channel, []int{4}, []int{5})
	wideF := factor(wide, dims, []int{0}, []int{3}, []int{4, 1}, []int{5, 2})
	from, to := deepF, wideF
	if !toSpace {
		from, to = wideF, deepF
	}
	k := &Bound{Name: "patches", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	k.Phases = []Phase{regionCopy(0, 0, 0, 0, dims, to.inOrderOf(y), from.strides, to.strides).phase()}
	return k, nil
}

func bindDepthToSpace(q *Request) (*Bound, error) {
	return bindPatches(q, true, q.Node.Str("mode", "DCR") == "CRD")
}

func bindSpaceToDepth(q *Request) (*Bound, error) {
	return bindPatches(q, false, q.Node.Str("mode", "DCR") == "CRD")
}

// bindTile repeats along axes: each becomes the copies times the positions.
func bindTile(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if x.DType != graph.Float32 || y.Len() == 0 || x.Rank() != y.Rank() {
		return nil, ErrUnfit
	}
	y.Order = x.Order
	var dims, from []int
	var parts [][]int
	own := x.Strides()
	for d, extent := range x.Dims {
		parts = append(parts, []int{2 * d, 2*d + 1})
		dims = append(dims, y.Dims[d]/extent, extent)
		from = append(from, 0, own[d])
	}
	to := factor(y, dims, parts...)
	k := &Bound{Name: "tile", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	k.Phases = []Phase{regionCopy(0, 0, 0, 0, dims, to.inOrderOf(y), from, to.strides).phase()}
	return k, nil
}
