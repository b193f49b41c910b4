package proof

import "testing"

const branched = `<ir_version: 8, opset_import: ["": 13]>
net (float[N,2] x, bool q) => (float[N,2] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}, float[4,2] k = {8, 7, 6, 5, 4, 3, 2, 1}>
{
   a = MatMul(x, w)
   h = Sigmoid(a)
   y = If (q) <then_branch = t () => (float[N,2] o) { o = MatMul(h, u) }, else_branch = e () => (float[N,2] p) { p = MatMul(h, k) }>
}`

// A wrong weight in either branch is found, whichever the inputs lead to.
func TestProofLooksIntoEveryBranch(t *testing.T) {
	if p := planned(t, branched, 1, 2).prove(t); !p.Passed || p.BranchesUnproved != 0 {
		t.Errorf("as planned: %+v", p)
	}
	for _, name := range []string{"u", "k"} {
		p := planned(t, branched, 1, 2)
		change(name, 0, 1.5)(p.cut)
		if proof := p.prove(t); proof.Passed {
			t.Errorf("a wrong %s passes: %+v", name, proof)
		}
	}
}

// A branch that the original cannot run on these inputs is counted.
func TestProofCountsBranchesThatFail(t *testing.T) {
	p := planned(t, `<ir_version: 8, opset_import: ["": 13]>
net (float[N,2] x, int64[N,2] i) => (float[N,2] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}, int64[1] s = {5}, int64[1] one = {1}>
{
   a = MatMul(x, w)
   n = Size(i)
   zero = Sub(n, n)
   q = Cast<to = 9>(zero)
   y = If (q) <then_branch = t () => (float[N,2] o) { m = ArgMax<axis = 1, keepdims = 0>(x) z = Add(m, s) b = MatMul(a, u) g = Gather<axis = 1>(b, z) k = ReduceSum<keepdims = 1>(g, one) o = Add(b, k) }, else_branch = e () => (float[N,2] p) { p = MatMul(a, u) }>
}`, 1, 2)
	if proof := p.prove(t); !proof.Passed || proof.BranchesUnproved != 1 {
		t.Errorf("have %+v", proof)
	}
}
