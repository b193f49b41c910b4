package op_test

import (
	"fmt"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph/op"
)

// An output that a node leaves out, be it the first, does not make any rule panic.
func TestOutputsLeftOut(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if err := op.InferGraph(o.Model.Graph); err != nil {
			t.Fatal(err)
		}
		for _, n := range o.Model.Graph.Nodes {
			d := op.Lookup(n)
			if d.MaxOut < 2 || d.Control != nil {
				continue
			}
			outs := n.Outputs()
			for i, v := range outs {
				if v == nil {
					continue
				}
				outs[i] = nil
				if err := quiet(func() {
					if d.Check(n) != nil {
						return
					}
					_ = op.Infer(n)
					if d.Couple != nil {
						_, _ = d.Couple(n)
					}
					if d.Cost != nil {
						_ = d.Cost(n)
					}
				}); err != nil {
					t.Errorf("%s: %s without output %d: %v", o.Name, n.OpName(), i, err)
				}
				outs[i] = v
			}
		}
	}
}

func quiet(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	f()
	return nil
}
