package group

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// why is the reason that an axis of a value is pinned for; "" when it is not.
func why(a *Analysis, value string, axis int) string {
	for _, p := range a.Pinned {
		if p.Value == value && p.Axis == axis {
			return p.Operator + ": " + p.Reason
		}
	}
	return ""
}

// What is written out in more parts, positions or units than a bound is pinned with the reason; at the bound it is not.
func TestBoundsAreInclusive(t *testing.T) {
	doubled := func(times int) string {
		var b strings.Builder
		for i := range times {
			fmt.Fprintf(&b, "c%d = Concat<axis = 1>(c%d, c%d)\n", i+1, i, i)
		}
		return fmt.Sprintf(`<ir_version: 8, opset_import: ["": 13]>
g (float[1,4] x) => (float y) <float[4,2] w = {1,1,1,1,1,1,1,1}> { c0 = MatMul(x, w)
%s last = Relu(c%d)  y = ReduceSum<keepdims = 0>(last) }`, b.String(), times)
	}
	plane := func(height, width int) string {
		return fmt.Sprintf(`<ir_version: 8, opset_import: ["": 13]>
g (float[1,1,%d,%d] x) => (float y) <float[8,1,1,1] w = {1,1,1,1,1,1,1,1}> { h = Conv(x, w)  last = Flatten(h)  y = ReduceSum<keepdims = 0>(last) }`, height, width)
	}
	for _, c := range []struct {
		name, text string
		groups     int
		reason     string
	}{
		{"as many parts as are told apart", doubled(14), 1, ""},
		{"more", doubled(15), 0, "extent: is made up of more than 16384 parts"},
		{"as many positions as are told apart", plane(1024, 2048), 1, ""},
		{"more", plane(1024, 2049), 0, "extent: is over 16777216, more than are told apart"},
	} {
		a := analysed(t, c.text)
		if len(a.Groups) != c.groups || why(a, "last", 1) != c.reason {
			t.Errorf("%s: %d groups, want %d; the axis is pinned: %q, want %q", c.name, len(a.Groups), c.groups, why(a, "last", 1), c.reason)
		}
	}
	for _, units := range []int{maxUnits, maxUnits + 1} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]> g (float[1,1] x) => (float y) <float[1,1] w = {1}> { h = MatMul(x, w)  r = Relu(h)  y = ReduceSum<keepdims = 0>(r) }`)
		if err != nil {
			t.Fatal(err)
		}
		m.Graph.SetConst(m.Graph.Value("w"), graph.NewTensor(graph.Float32, 1, units))
		a := inferred(t, m)
		if want := "extent: has 131073 units, over 131072, more than are weighed against each other"; (len(a.Groups) == 1) != (units == maxUnits) || units > maxUnits && why(a, "w", 1) != want {
			t.Errorf("%d units: %d groups, pinned %q", units, len(a.Groups), why(a, "w", 1))
		}
	}
}

// How often atoms stand in a term, and that counting ends at the bound.
func TestOccurrences(t *testing.T) {
	var al algebra
	x, y := al.sized(3), al.sized(4)
	for _, c := range []struct {
		t    *term
		want int
	}{
		{x, 1}, {al.of(sum, x, y), 2}, {al.of(product, x, y), 2}, {al.of(sum, x, al.of(product, x, y), x), 4},
		{al.of(sum, al.of(sum, x, y), al.of(sum, x, y)), 4}, {al.of(product), 0},
	} {
		if have := c.t.occurrences(); have != c.want {
			t.Errorf("want %d, have %d", c.want, have)
		}
	}
	big := x
	for range 60 {
		big = al.of(sum, big, big)
	}
	if have := big.occurrences(); have != maxParts+1 {
		t.Errorf("have %d", have)
	}
	// Two that would be written out in too many parts are pinned instead.
	a, b := x, y
	for range 13 {
		a, b = al.of(sum, a, a), al.of(sum, b, b)
	}
	al.unify(al.of(sum, a, al.sized(1<<13)), al.of(sum, b), &cause{reason: "test"}) // 3 and 1 times 2^13 positions, and 4 times: 2^14 + 1 parts
	if x.find().pin == nil || y.find().pin == nil {
		t.Error("2^14 + 1 parts are told apart")
	}
}

// A unit whose factor stands twice in one axis, as in the products of all pairs of channels, has no positions of its own there: it
// stays, with the reason. Twice side by side it has, and goes from both.
func TestAFactorThatStandsTwiceInAnAxisStays(t *testing.T) {
	head := `<ir_version: 8, opset_import: ["": 13]>
g (float[5,4] x) => (float[5,2] y) <float[4,3] w = {` + zeros(12) + `}, float[9,2] u = {` + zeros(18) + `}, int64[3] column = {5, 3, 1}, int64[3] row = {5, 1, 3}, int64[2] flat = {5, 9}> {
   h = MatMul(x, w)
   c = Reshape(h, column)
   r = Reshape(h, row)
   p = Mul(c, r)
`
	const reason = "coupling: the same factor stands twice in one axis"
	a := analysed(t, head+`f = Reshape(p, flat)  y = MatMul(f, u) }`)
	if len(a.Groups) != 0 || why(a, "f", 1) != reason || why(a, "w", 1) != reason {
		t.Errorf("%d groups; pinned: %q, %q", len(a.Groups), why(a, "f", 1), why(a, "w", 1))
	}
	a = analysed(t, head+`f = Concat<axis = 1>(h, h, h)  y = MatMul(f, u) }`)
	if have := sizes(a); !slices.Equal(have, []int{3}) {
		t.Errorf("side by side: groups of %v", have)
	}
	// One factor is a sum that it stands in.
	a = analysed(t, `<ir_version: 8, opset_import: ["": 13]>
g (float[5,4] x) => (float[5,2] y) <float[4,3] w = {`+zeros(12)+`}, float[4,2] w2 = {`+zeros(8)+`}, float[15,2] v = {`+zeros(30)+`}, int64[3] column = {5, 3, 1}, int64[3] row = {5, 1, 5}, int64[2] wide = {5, 15}> {
   h = MatMul(x, w)
   k = MatMul(x, w2)
   both = Concat<axis = 1>(h, k)
   c = Reshape(h, column)
   r = Reshape(both, row)
   p = Mul(c, r)
   f = Reshape(p, wide)
   y = MatMul(f, v)
}`)
	if have := sizes(a); !slices.Equal(have, []int{2}) || why(a, "w", 1) != reason {
		t.Errorf("in a sum: groups of %v, pinned: %q", have, why(a, "w", 1))
	}
}

// Two units are the fewest that are a group. An extent of one is pinned and not told of.
func TestTheSmallestGroup(t *testing.T) {
	for _, units := range []int{1, 2, 3} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]> g (float[5,4] x) => (float[5,2] y) <float[4,1] w = {1,1,1,1}, float[1,2] u = {1,1}> { h = MatMul(x, w)  y = MatMul(h, u) }`)
		if err != nil {
			t.Fatal(err)
		}
		m.Graph.SetConst(m.Graph.Value("w"), graph.NewTensor(graph.Float32, 4, units))
		m.Graph.SetConst(m.Graph.Value("u"), graph.NewTensor(graph.Float32, units, 2))
		a := inferred(t, m)
		if len(a.Groups) != min(1, units-1) || why(a, "h", 1) != "" {
			t.Errorf("%d units: groups of %v, pinned: %q", units, sizes(a), why(a, "h", 1))
		}
		if have := why(a, "x", 1); have != "graph input: its extents are the model's interface" {
			t.Errorf("the input is pinned: %q", have)
		}
		if have := why(a, "y", 1); have != "graph output: its extents are the model's interface" {
			t.Errorf("the output, of two, is pinned: %q", have)
		}
	}
}

// What is known at run time only is pinned for that reason, unless the interface pins it; what it is multiplied by is free.
func TestAnOpenExtentIsPinnedForThat(t *testing.T) {
	a := analysed(t, `<ir_version: 8, opset_import: ["": 13]>
g (float[N,4] x, int64[2] s) => (float[N,2] y) <float[4,6] w = {`+zeros(24)+`}, float[6,2] u = {`+zeros(12)+`}, int64[2] apart = {-1, 3}, int64[2] together = {-1, 6}> {
   h = MatMul(x, w)
   r = Reshape(h, apart)
   n = NonZero(r)
   t = Relu(r)
   b = Reshape(t, together)
   y = MatMul(b, u)
}`)
	if have := why(a, "n", 1); have != "extent: is known at run time only" {
		t.Errorf("the places that are not zero: %q", have)
	}
	if have := sizes(a); len(have) != 0 {
		t.Errorf("groups of %v", have) // NonZero pins what it reads
	}
}
