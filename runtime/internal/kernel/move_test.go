package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// ints returns an input of integers.
func ints(v ...int64) *graph.Tensor { return graph.TensorOf(v, len(v)) }

func TestTranspose(t *testing.T) {
	rng := seeded(t)
	for range 60 {
		rank := rng.IntN(6)
		dims := make([]int, rank)
		for d := range dims {
			dims[d] = pick(rng, 0, 1, 2, 3, 7, 1, 2, 3, 7)
		}
		proof{op: "Transpose", in: []*graph.Tensor{random(rng, dims...)}, attrs: []*graph.Attr{graph.IntsAttr("perm", rng.Perm(rank)...)}}.prove(t)
	}
	proof{op: "Transpose", in: []*graph.Tensor{random(rng, 2, 3, 4)}}.prove(t)
	proof{op: "Transpose", in: []*graph.Tensor{random(rng, 16, 50, 6, 16)}, attrs: []*graph.Attr{graph.IntsAttr("perm", 0, 2, 1, 3)}}.prove(t)
	proof{op: "Transpose", in: []*graph.Tensor{random(rng, 2, 3)}, attrs: []*graph.Attr{graph.IntsAttr("perm", 0, 0)}}.prove(t)
}

func TestExpand(t *testing.T) {
	rng := seeded(t)
	for _, c := range []struct {
		x  []int
		to []int64
	}{{[]int{2, 30, 1, 1}, []int64{2, 30, 6, 7}}, {[]int{2, 1, 5, 4}, []int64{1, 6, 1, 1}}, {[]int{3, 1}, []int64{2, 1, 6}}, {[]int{}, []int64{2, 3}}, {[]int{1, 4}, []int64{300, 1}}, {[]int{3}, []int64{4}}, {[]int{3}, []int64{-1}}, {[]int{0}, []int64{1}}, {[]int{2}, []int64{1 << 40, 1 << 40, 2}}} {
		proof{op: "Expand", in: []*graph.Tensor{random(rng, c.x...), ints(c.to...)}}.prove(t)
	}
}

func TestSlice(t *testing.T) {
	rng := seeded(t)
	x := random(rng, 6, 7, 8)
	for _, c := range [][4][]int64{
		{{1}, {4}, {0}, {1}}, {{0, 2}, {6, -1}, {0, 2}, {2, 3}}, {{-1}, {-100}, {1}, {-1}}, {{5, 6, 7}, {-100, -100, -100}, {0, 1, 2}, {-1, -2, -3}},
		{{3}, {3}, {1}, {1}}, {{0}, {9223372036854775807}, {-1}, {1}}, {{0}, {1}, {3}, {1}}, {{0}, {1}, {0}, {0}},
	} {
		in := []*graph.Tensor{x}
		for _, v := range c {
			in = append(in, ints(v...))
		}
		proof{op: "Slice", in: in}.prove(t)
	}
	proof{op: "Slice", version: 9, in: []*graph.Tensor{x}, attrs: []*graph.Attr{graph.IntsAttr("starts", 1, 0), graph.IntsAttr("ends", 3, -2)}}.prove(t)
}

func TestSplitAndConcat(t *testing.T) {
	rng := seeded(t)
	for axis := range 3 {
		dims := []int{6, 6, 6}
		proof{op: "Split", outs: 3, in: []*graph.Tensor{random(rng, dims...), ints(1, 3, 2)}, attrs: []*graph.Attr{graph.IntAttr("axis", axis)}}.prove(t)
		proof{op: "Split", outs: 2, in: []*graph.Tensor{random(rng, dims...)}, attrs: []*graph.Attr{graph.IntAttr("axis", axis)}}.prove(t)
		in := []*graph.Tensor{random(rng, dims...)}
		for _, extent := range []int{2, 0, 40} {
			dims[axis] = extent
			in = append(in, random(rng, dims...))
		}
		proof{op: "Concat", in: in, attrs: []*graph.Attr{graph.IntAttr("axis", axis-3)}}.prove(t)
	}
	proof{op: "Concat", in: []*graph.Tensor{random(rng, 2, 3), random(rng, 3, 3)}, attrs: []*graph.Attr{graph.IntAttr("axis", 1)}}.prove(t)
}

func TestGather(t *testing.T) {
	rng := seeded(t)
	for axis := -3; axis < 3; axis++ {
		x := random(rng, 4, 5, 6)
		for _, at := range []*graph.Tensor{ints(0, -1, 3, 3), graph.TensorOf([]int32{2}), graph.TensorOf([]int64{0, 1, 2, -4}, 2, 2), ints(), ints(6)} {
			proof{op: "Gather", in: []*graph.Tensor{x, at}, attrs: []*graph.Attr{graph.IntAttr("axis", axis)}}.prove(t)
		}
	}
}

func TestPad(t *testing.T) {
	rng := seeded(t)
	for _, pads := range [][]int64{{0, 0, 1, 2, 0, 0, 2, 1}, {1, 0, 0, 0, 0, 2, 0, 0}, {0, 0, -1, 1, 0, 0, 1, -2}, {0, 0, -9, 0, 0, 0, 9, 0}, {0, 0, 0, 0, 0, 0, 0, 0}} {
		x := random(rng, 2, 3, 5, 4)
		proof{op: "Pad", in: []*graph.Tensor{x, ints(pads...)}}.prove(t)
		proof{op: "Pad", in: []*graph.Tensor{x, ints(pads...), graph.TensorOf([]float32{2.5})}}.prove(t)
	}
	for _, mode := range []string{"reflect", "edge", "wrap"} {
		for _, pads := range [][]int64{{0, 0, 1, 2, 0, 0, 2, 1}, {1, 0, 0, 0, 0, 2, 0, 0}, {0, 0, -1, 1, 0, 0, 1, -2}, {0, 2, 9, 0, 0, 1, 7, 0}, {0, 0, 0, 0, 0, 0, 0, 0}} {
			p := proof{op: "Pad", in: []*graph.Tensor{random(rng, 2, 3, 5, 4), ints(pads...)}, attrs: []*graph.Attr{graph.StringAttr("mode", mode)}}
			n := p.node(t)
			want, err := op.Lookup(n).Eval(n, p.in)
			if p.proveBound(t, want, err) == 0 {
				t.Errorf("%v: nothing is bound", p)
			}
		}
	}
}

func TestWhere(t *testing.T) {
	rng := seeded(t)
	for _, s := range [][3][]int{{{4, 5}, {4, 5}, {4, 5}}, {{5}, {4, 1}, {}}, {{4, 1}, {}, {3, 1, 5}}, {{}, {2}, {3, 2}}, {{1, 2}, {3, 1}, {3, 2}},
		{{2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5}}, {{2, 3, 4, 5}, {3, 1, 1}, {}}, {{1, 1, 40, 50}, {2, 3, 40, 50}, {}}, {{60000}, {}, {60000}}, {{2}, {3}, {3}}, {{0}, {}, {}}} {
		c := make([]bool, volume(s[0]))
		for i := range c {
			c[i] = rng.IntN(2) == 0
		}
		proof{op: "Where", in: []*graph.Tensor{graph.TensorOf(c, s[0]...), random(rng, s[1]...), random(rng, s[2]...)}}.prove(t)
	}
}
