package saliency

import (
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
)

// A diagonal map loses outputs where it loses inputs: it reads no group, and nobody asks for its Gram matrices.
func TestDiagonalMapsReadNoGroup(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, o := range all {
		if op.InferGraph(o.Model.Graph) != nil {
			continue
		}
		a, err := group.Find(o.Model)
		if err != nil {
			continue
		}
		for _, n := range o.Model.Graph.Nodes {
			if l := linear.Of(n); l != nil && l.Cols == 1 && l.Groups > 1 {
				seen[n.Op] = true
			}
		}
		for _, g := range a.Groups {
			for _, r := range reads(a, o.Model, g) {
				if r.Cols == 1 && r.Groups > 1 {
					t.Errorf("%s: %s reads group %s", o.Name, r.Node.Label(), g.Name)
				}
			}
		}
		for _, l := range wantGrams(a, o.Model).Grams {
			if l.Cols == 1 && l.Groups > 1 {
				t.Errorf("%s: a Gram matrix of %s is wanted", o.Name, l.Node.Label())
			}
		}
	}
	for _, name := range []string{"Mul", "LayerNormalization", "BatchNormalization"} {
		if !seen[name] {
			t.Errorf("no fixture shows %s as a diagonal map", name)
		}
	}
}
