package group_test

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

func find(t *testing.T, text string) *group.Analysis {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func names(gs []*group.Group) (all []string) {
	for _, g := range gs {
		all = append(all, g.Kind+" "+g.Name)
	}
	return all
}

// Of heads and head dimensions heads give way, of the groups of a convolution and the channels in them the groups.
func TestOfTheFactorsOfAnAxisTheOutermostGivesWay(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"heads", `<ir_version: 8, opset_import: ["" : 13]>
attention (float[N,5,6] x) => (float[N,5,6] y)
<float[6,12] wq = {` + zeroes(72) + `}, float[6,12] wk = {` + zeroes(72) + `}, float[6,12] wv = {` + zeroes(72) + `}, float[12,6] wo = {` + zeroes(72) + `}, int64[4] apart = {0, 5, 3, 4}, int64[3] together = {0, 5, 12}>
{
   q = MatMul(x, wq)
   k = MatMul(x, wk)
   v = MatMul(x, wv)
   q4 = Reshape(q, apart)
   k4 = Reshape(k, apart)
   v4 = Reshape(v, apart)
   qh = Transpose<perm = [0, 2, 1, 3]>(q4)
   kh = Transpose<perm = [0, 2, 3, 1]>(k4)
   vh = Transpose<perm = [0, 2, 1, 3]>(v4)
   s = MatMul(qh, kh)
   p = Softmax<axis = -1>(s)
   o = MatMul(p, vh)
   ot = Transpose<perm = [0, 2, 1, 3]>(o)
   o3 = Reshape(ot, together)
   y = MatMul(o3, wo)
}`, []string{"head q"}},
		{"groups", `<ir_version: 8, opset_import: ["" : 13]>
grouped (float[N,2,4,4] x) => (float[N,2,4,4] y)
<float[12,2,1,1] w1 = {` + zeroes(24) + `}, float[12,3,1,1] w2 = {` + zeroes(36) + `}, float[2,12,1,1] w3 = {` + zeroes(24) + `}>
{
   a = Conv(x, w1)
   b = Conv<group = 4>(a, w2)
   y = Conv(b, w3)
}`, []string{"channel a"}},
		{"an axis of its own", `<ir_version: 8, opset_import: ["" : 13]>
plain (float[N,2] x) => (float[N,2] y)
<float[2,4] w1 = {` + zeroes(8) + `}, float[4,2] w2 = {` + zeroes(8) + `}>
{
   h = MatMul(x, w1)
   y = MatMul(h, w2)
}`, []string{"neuron h"}},
	} {
		if have := names(find(t, c.text).Widths()); !slices.Equal(have, c.want) {
			t.Errorf("%s: want %q, have %q", c.name, c.want, have)
		}
	}
}

// Heads are found though the batch, whose extent is known at run time only, is folded into their axis, as PyTorch's
// MultiheadAttention does it.
func TestHeadsBesideAnOpenBatch(t *testing.T) {
	a := find(t, `<ir_version: 8, opset_import: ["" : 13]>
attention (float[5,N,6] x) => (float[5,N,6] y)
<float[6,12] wq = {`+zeroes(72)+`}, float[6,12] wk = {`+zeroes(72)+`}, float[6,12] wv = {`+zeroes(72)+`}, float[12,6] wo = {`+zeroes(72)+`}, int64[3] apart = {5, -1, 4}, int64[3] together = {5, -1, 12}>
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
}`)
	if have, want := names(a.Groups), []string{"head q", "head dimension q#2", "head dimension v"}; !slices.Equal(have, want) {
		t.Fatalf("want %q, have %q", want, have)
	}
	for _, p := range a.Pinned {
		if p.Operator == "extent" && p.Weight {
			t.Errorf("%s axis %d is pinned: %s", p.Value, p.Axis, p.Reason)
		}
	}
}

func zeroes(n int) string {
	s := "0"
	for range n - 1 {
		s += ", 0"
	}
	return s
}
