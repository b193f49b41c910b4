package group

import (
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// folded is attention of 3 heads of 4 over 5 tokens where the batch, known at run time only, is folded into the axis of heads.
var folded = `<ir_version: 8, opset_import: ["" : 13]>
attention (float[5,N,6] x) => (float[5,N,6] y) <float[6,12] wq = {` + zeros(72) + `}, float[6,12] wk = {` + zeros(72) + `}, float[6,12] wv = {` + zeros(72) + `}, float[12,6] wo = {` + zeros(72) + `}, int64[3] apart = {5, -1, 4}, int64[3] together = {5, -1, 12}>
{
   q = MatMul(x, wq)
   k = MatMul(x, wk)
   v = MatMul(x, wv)
   q3 = Reshape(q, apart)
   k3 = Reshape(k, apart)
   v3 = Reshape(v, apart)
   qh = Transpose<perm = [1, 0, 2]>(q3)
   kh = Transpose<perm = [1, 2, 0]>(k3)
   vh = Transpose<perm = [1, 0, 2]>(v3)
   s = MatMul(qh, kh)
   p = Softmax<axis = -1>(s)
   o = MatMul(p, vh)
   ot = Transpose<perm = [1, 0, 2]>(o)
   o3 = Reshape(ot, together)
   y = MatMul(o3, wo)
}`

// Of an axis of an extent that is not known what is kept is told of each repeat of a known number of positions.
func TestWhatIsKeptOfEachRepeat(t *testing.T) {
	a := analysed(t, folded)
	heads, dims := a.Groups[0], a.Groups[1]
	value := func(name string) *graph.Value {
		i := slices.IndexFunc(a.values, func(v *graph.Value) bool { return v.Name == name })
		return a.values[i]
	}
	plan := &Plan{Kept: map[*Group][]int{heads: {0, 2}}}
	for _, c := range []struct {
		value string
		axis  int
		plan  *Plan
		kept  []int
		each  int
	}{
		{"q3", 1, plan, []int{0, 2}, 3},
		{"qh", 0, plan, []int{0, 2}, 3},
		{"s", 0, plan, []int{0, 2}, 3},
		{"q3", 2, plan, nil, 0}, // of a known extent
		{"q", 2, plan, nil, 0},
		{"q3", 3, plan, nil, 0}, // no such axis
		{"q3", 9, plan, nil, 0},
		{"x", 1, plan, nil, 0}, // nothing of it goes
		{"q3", 1, &Plan{Kept: map[*Group][]int{dims: {0, 2}}}, nil, 0},
		{"q3", 1, &Plan{Kept: map[*Group][]int{heads: {0, 1, 2}}}, nil, 0},
		{"q3", 1, &Plan{}, nil, 0},
	} {
		kept, each := a.KeptEach(c.plan, value(c.value), c.axis)
		if !slices.Equal(kept, c.kept) || each != c.each {
			t.Errorf("%s axis %d: want %v of %d, have %v of %d", c.value, c.axis, c.kept, c.each, kept, each)
		}
		if c.kept != nil && a.Kept(c.plan, value(c.value), c.axis) != nil {
			t.Errorf("%s axis %d has positions", c.value, c.axis)
		}
	}
	if have := a.Kept(plan, value("q"), 2); !slices.Equal(have, []int{0, 1, 2, 3, 8, 9, 10, 11}) {
		t.Errorf("of q: %v", have)
	}
}

// A factor that is cut outside of one that is not known has no repeats of its own: samples lie inside of the heads.
func TestRepeatsInsideOfWhatIsCutAreNone(t *testing.T) {
	var al algebra
	h, n, d := al.sized(3), al.atom(graph.Symbol("N")), al.sized(4)
	heads, dims := &Group{Units: 3, atom: h}, &Group{Units: 4, atom: d}
	v := &graph.Value{Name: "v"}
	a := &Analysis{byAtom: map[*term]*Group{h: heads, d: dims}}
	for _, c := range []struct {
		factors []*term
		cut     *Group
		kept    []int
		each    int
	}{
		{[]*term{n, h, d}, heads, []int{4, 5, 6, 7}, 12},
		{[]*term{n, h, d}, dims, []int{1, 5, 9}, 12},
		{[]*term{h, n, d}, dims, []int{1}, 4},
		{[]*term{h, n, d}, heads, nil, 0},
		{[]*term{d, h, n}, heads, nil, 0},
		{[]*term{n}, heads, nil, 0},
	} {
		a.axes = map[*graph.Value][]*term{v: {al.of(product, c.factors...)}}
		kept, each := a.KeptEach(&Plan{Kept: map[*Group][]int{c.cut: {1}}}, v, 0)
		if !slices.Equal(kept, c.kept) || each != c.each {
			t.Errorf("want %v of %d, have %v of %d", c.kept, c.each, kept, each)
		}
	}
}

// Which of the free factors of an axis an atom belongs to, counted from outside, and how many these are.
func TestThePlaceOfAnAtomAmongTheFactors(t *testing.T) {
	var al algebra
	free := func(n int) *term { return al.sized(n) }
	h, d, other := free(3), free(4), free(5)
	pinned := free(7)
	pinned.pin = &cause{}
	for _, c := range []struct {
		name      string
		x, t      *term
		at, count int
	}{
		{"an axis of its own", h, h, 0, 0},
		{"outside", h, al.of(product, h, d), 0, 2},
		{"inside", d, al.of(product, h, d), 1, 2},
		{"in the middle of three", d, al.of(product, h, d, other), 1, 3},
		{"pinned factors do not count", d, al.of(product, pinned, h, d), 1, 2},
		{"beside pinned ones alone", d, al.of(product, pinned, d), 0, 0},
		{"in a part of a sum", d, al.of(sum, other, al.of(product, h, d)), 1, 2},
		{"in the first part that divides it", d, al.of(sum, d, al.of(product, h, d), al.of(product, d, h)), 1, 2},
		{"alone in every part", d, al.of(sum, d, other, d), 0, 0},
		{"a factor that is a sum", d, al.of(product, h, al.of(sum, d, other)), 1, 2},
		{"divided within a factor beside pinned ones", d, al.of(product, pinned, al.of(sum, al.of(product, h, d), other)), 1, 2},
		{"nowhere", other, al.of(product, h, d), 0, 0},
		{"nowhere in a sum", other, al.of(sum, h, al.of(product, h, d)), 0, 0},
	} {
		at, count := c.x.place(c.t)
		if count < 2 { // what it is called then does not depend on where it is
			at, count = 0, 0
		}
		if at != c.at || count != c.count {
			t.Errorf("%s: want %d of %d, have %d of %d", c.name, c.at, c.count, at, count)
		}
	}
}

// Where one axis lies within another: as a factor, or several next to each other, once.
func TestAxesWithinOthers(t *testing.T) {
	var al algebra
	x, y, z, one := al.sized(2), al.sized(3), al.sized(2), al.sized(1)
	both := al.of(sum, x, y)
	for _, c := range []struct {
		name         string
		outer, inner *term
		want         []int
	}{
		{"itself", x, x, []int{0, 1}},
		{"the outer factor", al.of(product, x, y), x, []int{0, 0, 0, 1, 1, 1}},
		{"the inner factor", al.of(product, x, y), y, []int{0, 1, 2, 0, 1, 2}},
		{"the middle", al.of(product, x, z, y), z, []int{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}},
		{"two next to each other", al.of(product, x, z, y), al.of(product, z, y), []int{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}},
		{"factors of one position are passed over", al.of(product, x, one, y), al.of(product, one, x, one), []int{0, 0, 0, 1, 1, 1}},
		{"not next to each other", al.of(product, x, z, y), al.of(product, x, y), nil},
		{"in another order", al.of(product, x, y), al.of(product, y, x), nil},
		{"twice", al.of(product, x, y, x), x, nil},
		{"twice, at the very beginning", al.of(product, x, x), x, nil},
		{"nowhere", al.of(product, x, y), z, nil},
		{"larger than the outer", x, al.of(product, x, y), nil},
		{"nothing", al.of(product, x, y), one, nil},
		{"a sum", al.of(product, z, both), al.of(sum, x, y), []int{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}},
		{"another sum", al.of(product, z, both), al.of(sum, y, x), nil},
		{"a sum of sums", al.of(product, z, al.of(sum, both, x)), al.of(sum, x, al.of(sum, y, x)), []int{0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6}},
	} {
		v, w := &graph.Value{Name: "v"}, &graph.Value{Name: "w"}
		a := &Analysis{axes: map[*graph.Value][]*term{v: {c.outer}, w: {c.inner}}}
		if have := a.Within(Member{v, 0}, Member{w, 0}); !slices.Equal(have, c.want) {
			t.Errorf("%s: want %v, have %v", c.name, c.want, have)
		}
	}
}

// What cannot be looked into pins what it touches and says why: an operator that nobody wrote a file for, one that couples nothing, a
// value whose rank is not known, a node that is wrong, a branch that cannot run.
func TestWhatCannotBeLookedIntoPinsWhatItTouches(t *testing.T) {
	head := `<ir_version: 8, opset_import: ["": 13, "com.example": 1]>
g (float[5,4] x, bool q) => (float[5,4] y) <float[4,3] w = {` + zeros(12) + `}, float[3,4] u = {` + zeros(12) + `}> { h = MatMul(x, w) `
	for _, c := range []struct {
		name, text, why string
		change          func(*graph.Model)
	}{
		{"nothing in the way", `r = Relu(h) y = MatMul(r, u) }`, "", nil},
		{"an operator of somebody else's", `r = com.example.Own(h) y = MatMul(r, u) }`, "com.example.Own: ", nil},
		{"a rank that is not known", `r = Relu(h) y = MatMul(r, u) }`, `Relu: the rank of "r" is not known (at "r" (Relu))`, func(m *graph.Model) {
			m.Graph.Value("r").Type.Shape = nil
		}},
		{"a node that is wrong", `r = Transpose<perm = [0, 1]>(h) y = MatMul(r, u) }`, "Transpose: ", func(m *graph.Model) {
			m.Graph.Nodes[1].Attr("perm").Ints = []int64{0, 7}
		}},
		{"a node without an input", `r = Relu(h) y = MatMul(r, u) }`, "Relu: ", func(m *graph.Model) {
			m.Graph.Nodes[1].SetInput(0, nil)
			m.Graph.Nodes[1].TruncateInputs(0)
		}},
		{"subgraphs that read it", `y = If(q) <then_branch = t () => (float[5,4] o) { o = MatMul(h, u) }, else_branch = e () => (float[5,4] p) { s = Neg(h) p = MatMul(s, u) }> }`, "", nil},
		{"a subgraph that cannot run", `y = If(q) <then_branch = t () => (float[5,4] o) { o = MatMul(h, u) }, else_branch = e () => (float[5,4] p) { p = MatMul(u, h) }> }`,
			"If: one of its branches cannot run", nil},
	} {
		m, err := graph.Parse(head + c.text)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		if r := m.Graph.Value("r"); r != nil && r.Type.Shape == nil {
			r.Type = graph.TensorType(graph.Float32, m.Graph.Value("h").Type.Shape.Clone())
		}
		if c.change != nil {
			c.change(m)
		}
		a, err := Find(m)
		if err != nil {
			t.Fatal(err)
		}
		have := why(a, "h", 1)
		if c.name == "a node without an input" {
			have = why(a, "r", 1)
		}
		if c.why == "" && (len(a.Groups) != 1 || have != "") || c.why != "" && !strings.HasPrefix(have, c.why) {
			t.Errorf("%s: groups of %v, h is pinned: %q, want %q", c.name, sizes(a), have, c.why)
		}
		if c.why != "" && slices.ContainsFunc(a.Groups, func(g *Group) bool { return g.Units == 3 }) && c.name != "a node without an input" {
			t.Errorf("%s: groups of %v", c.name, sizes(a))
		}
	}
}

// A statistic is noted by its axis.
func TestAxesOfStatistics(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]>
g (float[5,4] x) => (float[5,2] y) <float[4,3] w = {` + zeros(12) + `}, float[3,2] u = {` + zeros(6) + `}> { h = MatMul(x, w) s = Softmax<axis = 1>(h) y = MatMul(s, u) }`)
	if err != nil {
		t.Fatal(err)
	}
	a := inferred(t, m)
	s := a.StatAxes(m.Graph.Nodes[1])
	if len(s) == 0 || !slices.Contains(s, Member{m.Graph.Value("h"), 1}) || slices.ContainsFunc(s, func(x Member) bool { return x.Axis != 1 }) {
		t.Errorf("Softmax: %v", s)
	}
	if s := a.StatAxes(m.Graph.Nodes[0]); len(s) != 0 {
		t.Errorf("MatMul: %v", s)
	}
	if g := a.Groups[0]; g.Kind != "channel" {
		t.Errorf("what a statistic is taken over is a %s", g.Kind)
	}
}
