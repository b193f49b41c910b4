package group

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// analysed is what Find learns about a model in the text form.
func analysed(t *testing.T, text string) *Analysis {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return inferred(t, m)
}

func inferred(t *testing.T, m *graph.Model) *Analysis {
	t.Helper()
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	a, err := Find(m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sizes lists how many units each group has, in the order of the groups.
func sizes(a *Analysis) (all []int) {
	for _, g := range a.Groups {
		all = append(all, g.Units)
	}
	return all
}

// An atom that a boundary of another sum or product goes through becomes two atoms, and what pinned the one pins both.
func TestAPinnedAtomThatIsDividedStaysPinned(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(al *algebra, pin *cause) (a, b *term)
		want []int
	}{
		{"a sum divides it", func(al *algebra, pin *cause) (*term, *term) {
			pinned := al.sized(12)
			pinned.pin = pin
			return al.of(sum, pinned, al.sized(4)), al.of(sum, al.sized(5), al.sized(11))
		}, []int{-5, -7, 4}},
		{"a product divides it", func(al *algebra, pin *cause) (*term, *term) {
			pinned := al.sized(12)
			pinned.pin = pin
			return al.of(product, al.sized(2), pinned), al.of(product, al.sized(6), al.sized(4))
		}, []int{2, -3, -4}},
	} {
		var al algebra
		pin := &cause{reason: "test"}
		a, b := c.make(&al, pin)
		al.unify(a, b, &cause{reason: "does not align"})
		if have := leaves(a); !slices.Equal(have, c.want) {
			t.Errorf("%s: want %v, have %v", c.name, c.want, have)
		}
		if have := leaves(b); !slices.Equal(have, c.want) {
			t.Errorf("%s, the other side: want %v, have %v", c.name, c.want, have)
		}
		a.atoms(func(x *term) {
			if x.pin != nil && x.pin != pin {
				t.Errorf("%s: pinned because it %s", c.name, x.pin.reason)
			}
		})
	}
}

// The 12 features of the input stand beside 4 channels of our own. What reads the 16 cuts them after the fifth, in the
// middle of the input, whose extent is the model's interface: neither side of that boundary may go, the 4 may.
func TestASplitThroughTheInputFreesNothingOfIt(t *testing.T) {
	a := analysed(t, `<ir_version: 8, opset_import: ["": 13]>
beside (float[N,12] x) => (float[N,2] y) <float[12,4] w = {`+zeros(48)+`}, float[5,2] u = {`+zeros(10)+`}, float[11,2] v = {`+zeros(22)+`}, int64[2] parts = {5, 11}>
{
   h = MatMul(x, w)
   c = Concat<axis = 1>(x, h)
   left, right = Split<axis = 1>(c, parts)
   p = MatMul(left, u)
   q = MatMul(right, v)
   y = Add(p, q)
}`)
	if have, want := sizes(a), []int{4}; !slices.Equal(have, want) {
		t.Errorf("want groups of %v units, have %v", want, have)
	}
}

// The input is read as 2 rows of 12, and what has the same 24 positions is written as 6 rows of 4. The 12 become 3 by 4 and
// stay the interface; nothing of the weights that meet them is free.
func TestAReshapeThroughTheInputFreesNothingOfIt(t *testing.T) {
	a := analysed(t, `<ir_version: 8, opset_import: ["": 13]>
rows (float[2,12] x) => (float[6,2] y) <float[4,2] w = {`+zeros(8)+`}, int64[2] shape = {6, 4}>
{
   r = Reshape(x, shape)
   y = MatMul(r, w)
}`)
	if len(a.Groups) != 0 {
		t.Errorf("want no group, have %v units", sizes(a))
	}
	pinned := false
	for _, p := range a.Pinned {
		if p.Value == "w" && p.Axis == 0 {
			pinned = true
			if p.Operator != "graph input" {
				t.Errorf("the weights are pinned by %s: %s", p.Operator, p.Reason)
			}
		}
	}
	if !pinned {
		t.Error("the rows of the weights are not pinned")
	}
}

func zeros(n int) string {
	s := "0"
	for range n - 1 {
		s += ", 0"
	}
	return s
}
