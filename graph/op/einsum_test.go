package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func TestEinsum(t *testing.T) {
	eq := func(s string) []*graph.Attr { return []*graph.Attr{graph.StringAttr("equation", s)} }
	a := ramp(1, 2, 3) // 1 2 3 / 4 5 6
	b := f32([]float32{1, 0, 0, 1, 1, 1}, 3, 2)
	product := []*graph.Tensor{f32([]float32{4, 5, 10, 11}, 2, 2)}
	square := ramp(1, 3, 3)
	applyAll(t, "Einsum", []applied{
		{"matrix product", "", 12, eq("ij,jk->ik"), []*graph.Tensor{a, b}, product, ""},
		{"implicit output", "", 12, eq("ij, jk"), []*graph.Tensor{a, b}, product, ""},
		{"implicit output in the order of the alphabet", "", 12, eq("ba"), []*graph.Tensor{a}, []*graph.Tensor{f32([]float32{1, 4, 2, 5, 3, 6}, 3, 2)}, ""},
		{"sum of rows", "", 12, eq("ij->i"), []*graph.Tensor{a}, []*graph.Tensor{f32([]float32{6, 15})}, ""},
		{"sum of all", "", 12, eq("ij->"), []*graph.Tensor{a}, []*graph.Tensor{scalar[float32](21)}, ""},
		{"diagonal", "", 12, eq("ii->i"), []*graph.Tensor{square}, []*graph.Tensor{f32([]float32{1, 5, 9})}, ""},
		{"trace", "", 12, eq("ii"), []*graph.Tensor{square}, []*graph.Tensor{scalar[float32](15)}, ""},
		{"outer product of three", "", 12, eq("i,j,k->kij"), []*graph.Tensor{f32([]float32{1, 2}), f32([]float32{1, 10}), f32([]float32{1, 3})},
			[]*graph.Tensor{f32([]float32{1, 10, 2, 20, 3, 30, 6, 60}, 2, 2, 2)}, ""},
		{"ellipsis that broadcasts", "", 12, eq("...ij,...jk->...ik"), []*graph.Tensor{f32([]float32{1, 2, 3, 4, 5, 6}, 1, 2, 3), f32([]float32{1, 0, 0, 1, 1, 1}, 3, 2)},
			[]*graph.Tensor{f32([]float32{4, 5, 10, 11}, 1, 2, 2)}, ""},
		{"ellipsis, implicit output", "", 12, eq("...ii"), []*graph.Tensor{ramp(1, 2, 2, 2)}, []*graph.Tensor{f32([]float32{5, 13})}, ""},
		{"integers", "", 12, eq("i,i->"), []*graph.Tensor{i64([]int64{1 << 55, 1}), i64([]int64{4, 1})}, []*graph.Tensor{scalar[int64](1<<57 + 1)}, ""},
		{"too few terms", "", 12, eq("ij->ij"), []*graph.Tensor{a, b}, nil, "want a term for each of 2 inputs, have 1"},
		{"term of another rank", "", 12, eq("ijk->k"), []*graph.Tensor{a}, nil, `"ijk" on an input of 2 axes`},
		{"letter from nowhere", "", 12, eq("ij->k"), []*graph.Tensor{a}, nil, "no input has 'k'"},
		{"output letter twice", "", 12, eq("ij->ii"), []*graph.Tensor{a}, nil, "'i' stands twice"},
		{"extents that do not match", "", 12, eq("ij,jk->ik"), []*graph.Tensor{a, a}, nil, "want 3 as others with its letter have, have 2"},
		{"no equation", "", 12, nil, []*graph.Tensor{a}, nil, "equation is required"},
		{"no letter", "", 12, eq("i1->i"), []*graph.Tensor{a}, nil, "want letters, have '1'"},
	})
}

// q k^T of attention: heads and head dimensions are free, and every letter is counted once.
func TestEinsumCouplesByLetterAndCountsEveryProduct(t *testing.T) {
	c := applied{op: "Einsum", attrs: []*graph.Attr{graph.StringAttr("equation", "bqhd,bkhd->bhqk")},
		in: []*graph.Tensor{ramp(0, 1, 5, 4, 3), ramp(0, 1, 6, 4, 3)}}
	n := c.node(t, true)
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	d := op.Lookup(n)
	rules, err := d.Couple(n)
	if err != nil {
		t.Fatal(err)
	}
	if have := classes(n, rules); len(have) != 4 { // q, k, h, d
		t.Errorf("want 4 axes to cut, have %v", have)
	}
	if have := d.Cost(n).MACs; !have.Is(5 * 6 * 4 * 3) {
		t.Errorf("MACs: want %d, have %v", 5*6*4*3, have)
	}
	c.attrs = []*graph.Attr{graph.StringAttr("equation", "ii->i")}
	c.in = []*graph.Tensor{ramp(0, 3, 3)}
	n = c.node(t, true)
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	if rules, err = d.Couple(n); err != nil || len(classes(n, rules)) != 0 {
		t.Errorf("a diagonal: want no axis to cut, have %v (error %v)", classes(n, rules), err)
	}
}
