package graph

import (
	"testing"

	"pgregory.net/rapid"
)

// someDim draws whole multiples of products of at most three symbols.
func someDim(t *rapid.T) Dim {
	d := Size(rapid.IntRange(-3, 6).Draw(t, "factor"))
	for _, s := range rapid.SliceOfN(rapid.SampledFrom([]string{"N", "H", "W"}), 0, 3).Draw(t, "symbols") {
		d = d.Mul(Symbol(s))
	}
	return d
}

// at is the number that d is for the given symbols; d is a multiple of a product of them.
func at(d Dim, symbols map[string]int) int {
	for name, n := range symbols {
		for {
			q, ok := d.Div(Symbol(name))
			if !ok {
				break
			}
			d = q.Mul(Size(n))
		}
	}
	n, _ := d.Value()
	return n
}

func TestDimsCalculateAsTheNumbersTheyStandFor(t *testing.T) {
	symbols := map[string]int{"N": 2, "H": 5, "W": 7}
	rapid.Check(t, func(t *rapid.T) {
		a, b := someDim(t), someDim(t)
		x, y := at(a, symbols), at(b, symbols)
		if got := a.Mul(b); !got.Equal(b.Mul(a)) || at(got, symbols) != x*y {
			t.Errorf("%v * %v = %v: want %d * %d", a, b, got, x, y)
		}
		if q, ok := a.Mul(b).Div(b); ok != (b.factor != 0) && a.factor != 0 || ok && !q.Equal(a) {
			t.Errorf("%v * %v / %v = %v, %t", a, b, b, q, ok)
		}
		if q, ok := a.Div(b); ok && at(q, symbols)*y != x {
			t.Errorf("%v / %v = %v, times %v is not %v", a, b, q, b, a)
		}
		sum, difference := a.Add(b), a.Sub(b)
		if !sum.Equal(b.Add(a)) {
			t.Errorf("%v + %v = %v, the other way round %v", a, b, sum, b.Add(a))
		}
		if n, known := sum.Value(); known && n != x+y {
			t.Errorf("%v + %v = %d, want %d", a, b, n, x+y)
		}
		if n, known := difference.Value(); known && n != x-y {
			t.Errorf("%v - %v = %d, want %d", a, b, n, x-y)
		}
		if !a.Add(Size(0)).Equal(a) || !a.Sub(Size(0)).Equal(a) || !a.Sub(a).Is(0) || !a.Mul(Size(1)).Equal(a) {
			t.Errorf("%v: 0 and 1 are no neutral elements", a)
		}
		back, err := ParseDim(a.String())
		if err != nil || back != a {
			t.Errorf("%v reads back as %v, %v", a, back, err)
		}
	})
}

func TestUnknownStaysUnknown(t *testing.T) {
	n := Symbol("N")
	for name, d := range map[string]Dim{
		"no name": Symbol(""), "?": Symbol("?"), "+": n.Add(Unknown), "-": Unknown.Sub(n), "*": n.Mul(Unknown),
		"formula": Derived("ceil(%s/2)", Unknown),
	} {
		if d.Named() || d.Known() || d.Equal(d) {
			t.Errorf("%s: have %v, which claims to be known or equal to itself", name, d)
		}
	}
	if _, ok := Unknown.Div(Unknown); ok {
		t.Error("?/? was taken for 1")
	}
	if d := Unknown.Mul(Size(0)); !d.Is(0) {
		t.Errorf("? * 0 = %v, want 0", d)
	}
}

func TestDerivedDims(t *testing.T) {
	h := Symbol("H")
	half := Derived("floor((%s-1)/2)+1", h)
	if !half.Equal(Derived("floor((%s-1)/2)+1", h)) || half.Equal(Derived("floor((%s-1)/2)+1", Symbol("W"))) {
		t.Error("equal formulas, and only they, are equal extents")
	}
	if q, ok := half.Mul(h).Div(half); !ok || !q.Equal(h) {
		t.Errorf("%v * %v / %v = %v", half, h, half, q)
	}
	if s := Derived("%s*2", h.Mul(h)); !s.Mul(h).Equal(h.Mul(s)) || len(s.Mul(h).String()) == 0 {
		t.Errorf("a formula with products in it: %v", s)
	}
	if a, b := h.Add(Size(1)), Size(1).Add(h); !a.Equal(b) {
		t.Errorf("H+1 is %v and %v", a, b)
	}
}

func TestParseDim(t *testing.T) {
	for text, want := range map[string]Dim{
		"3": Size(3), "-1": Size(-1), "N": Symbol("N"), "?": Unknown, "26*N": Size(26).Mul(Symbol("N")),
		"batch*seq": Symbol("batch*seq"), "2*H*W": Size(2).Mul(Symbol("H")).Mul(Symbol("W")),
	} {
		if d, err := ParseDim(text); err != nil || d != want {
			t.Errorf("%q: have %v, %v", text, d, err)
		}
	}
	if _, err := ParseDim(""); err == nil {
		t.Error("an empty dimension was read")
	}
}

func TestShapes(t *testing.T) {
	n := Symbol("N")
	if have := (Shape{n, Size(3), n}).Elems(); have.String() != "3*N*N" {
		t.Errorf("elements of [N,3,N]: %v", have)
	}
	for s, want := range map[string]Shape{"[...]": nil, "[]": {}, "[N,2*N,?]": {n, n.Mul(Size(2)), Unknown}} {
		if have := want.String(); have != s {
			t.Errorf("have %s, want %s", have, s)
		}
		if c := want.Clone(); (c == nil) != (want == nil) {
			t.Errorf("the clone of %v is %v", want, c)
		}
	}
	if (Shape{Unknown}).Equal(Shape{Unknown}) || Shape(nil).Equal(nil) || !(Shape{}).Equal(Shape{}) {
		t.Error("shapes are equal only where that is certain")
	}
	if _, ok := (Shape{n}).Ints(); ok {
		t.Error("a symbol was given as a number")
	}
}

func TestTypeOf(t *testing.T) {
	typ := TypeOf(TensorOf([]bool{true, false}, 2))
	if !typ.ElemsKnown() || !typ.Elems[0].Is(1) || !typ.Elems[1].Is(0) {
		t.Errorf("elements of a bool: %v", typ.Elems)
	}
	for name, x := range map[string]*Tensor{
		"floats": NewTensor(Float32, 2), "matrices": NewTensor(Int64, 1, 1), "long ones": NewTensor(Int64, MaxElems+1),
	} {
		if TypeOf(x).Elems != nil {
			t.Errorf("the types of %s carry elements", name)
		}
	}
}

// A sum less one of its summands is the other; what is no summand stays a difference.
func TestSumsCancel(t *testing.T) {
	p, s, n := Symbol("P"), Symbol("S"), Symbol("N")
	three := p.Add(s).Add(Size(3).Mul(n))
	for _, c := range []struct{ have, want Dim }{
		{p.Add(s).Sub(p), s}, {p.Add(s).Sub(s), p}, {p.Add(Size(4)).Sub(p), Size(4)}, {p.Add(Size(4)).Sub(Size(4)), p},
		{three.Sub(Size(3).Mul(n)), p.Add(s)}, {three.Sub(p.Add(s)), Size(3).Mul(n)},
		{p.Add(s).Sub(n), Derived("%s-%s", p.Add(s), n)}, {p.Add(s).Sub(Size(2).Mul(p)), Derived("%s-%s", p.Add(s), Size(2).Mul(p))},
	} {
		if !c.have.Equal(c.want) {
			t.Errorf("want %v, have %v", c.want, c.have)
		}
	}
}
