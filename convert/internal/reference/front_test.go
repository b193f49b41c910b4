package reference_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/reference"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// What a cut model computes from the first node that the cut affects on is what it computes when it
// runs as a whole, for every group of some networks, in whatever order fronts advance.
func TestRestIsWhatTheWholeModelComputes(t *testing.T) {
	for _, name := range []string{"mobilenetv2", "vit", "resnet20"} {
		m, err := onnx.Decode(name, fixtures.Model(name))
		if err != nil {
			t.Fatal(err)
		}
		m, a, err := canonical.Simplify(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		feeds := []map[string]*graph.Tensor{fixtures.Feeds(m, 2), fixtures.Feeds(m, 1)}
		o, err := reference.New(t.Context(), m, feeds, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range a.Groups {
			if g.Units < 2 || i%3 > 0 && i < len(a.Groups)-1 {
				continue
			}
			kept := make([]int, g.Units-1)
			for u := range kept {
				kept[u] = u + 1
			}
			c, err := surgery.Cut(m, a, &group.Plan{Kept: map[*group.Group][]int{g: kept}})
			if err != nil {
				t.Fatal(err)
			}
			want, err := o.Run(t.Context(), c, 1)
			if err != nil {
				t.Fatal(err)
			}
			front, first := reference.NewFront(m, feeds), reference.FirstAffected(m, g)
			for _, end := range []int{first / 2, first} {
				if err := front.Advance(t.Context(), end, 1); err != nil {
					t.Fatal(err)
				}
			}
			have, err := front.Rest(t.Context(), c, 1)
			if err != nil {
				t.Fatal(err)
			}
			same := o.Difference(want)
			if d := o.Difference(have); math.Abs(d-same) > 1e-4*same+1e-9 {
				t.Errorf("%s, %s, from node %d of %d on: an error of %g, want %g", name, g.Name, first, len(m.Graph.Nodes), d, same)
			}
		}
	}
}

// A cut affects no node before the first that reads or computes one of the group's axes.
func TestFirstAffected(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,4] x) => (float[N,2] y) <float[4,5] w = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20}, float[5,2] v = {1,2,3,4,5,6,7,8,9,10}>
{ a = Relu(x)  h = MatMul(a, w)  b = Abs(h)  y = MatMul(b, v) }`)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	a, err := group.FindContext(t.Context(), m)
	if err != nil || len(a.Groups) != 1 {
		t.Fatalf("have %d groups (%v)", len(a.Groups), err)
	}
	if have := reference.FirstAffected(m, a.Groups[0]); have != 1 {
		t.Errorf("have node %d, want 1", have)
	}
}
