package simplify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// doubled is a network with a constant of 64 bytes that nodes double so many times, in two ways: by joining it with itself, and
// by joining what two nodes made of it.
func doubled(t *testing.T, times int) *graph.Model {
	t.Helper()
	var nodes strings.Builder
	for i := range times {
		fmt.Fprintf(&nodes, "c%d = Concat<axis = 0>(c%d, c%d)\n", i+1, i, i)
		fmt.Fprintf(&nodes, "a%d = Neg(d%d)\nb%d = Abs(d%d)\nd%d = Concat<axis = 0>(a%d, b%d)\n", i, i, i, i, i+1, i, i)
	}
	sixteen := strings.Repeat("1,", 15) + "1"
	m, err := graph.Parse(fmt.Sprintf(`<ir_version: 8, opset_import: ["": 13]>
g (float[N,1] x) => (float y, float z) <float[16] c0 = {%s}, float[16] d0 = {%s}> {
	%s
	c = ReduceSum<keepdims = 0>(c%d)
	d = ReduceSum<keepdims = 0>(d%d)
	y = Add(x, c)
	z = Add(x, d)
}`, sixteen, sixteen, nodes.String(), times, times))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Constants that double are folded while they are small and left to the run when they are not; either takes little time and memory,
// and what is left is listed.
func TestConstantsThatDoubleAreFoldedWhileTheyAreSmall(t *testing.T) {
	for _, c := range []struct {
		times  int
		folded bool
	}{{12, true}, {22, false}} {
		start := time.Now()
		m := doubled(t, c.times)
		if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
			t.Fatal(err)
		}
		kept := simplify.Unfolded(m)
		if c.folded != (len(kept) == 0) {
			t.Errorf("%d times: unfolded: %v", c.times, kept)
		}
		bytes := int64(0)
		for _, v := range m.Graph.Initializers {
			bytes += v.Const.Bytes()
		}
		if bytes > 32<<20 {
			t.Errorf("%d times: constants of %d bytes", c.times, bytes)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%d times: took %v", c.times, took)
		}
		if c.folded {
			continue
		}
		if k := kept[0]; k.Operator == "" || k.Node == "" || k.Shape == "" || k.From <= 0 || k.Bytes <= 0 {
			t.Errorf("%+v", k)
		}
	}
}

// Forty are too many for anything, and the types say so.
func TestConstantsThatNothingCanHoldAreRefused(t *testing.T) {
	err := passes.Run(t.Context(), doubled(t, 40), simplify.All())
	if err == nil || !strings.Contains(err.Error(), `"c23" (Concat): output "c23" float[134217728]: would take 512 MiB, made of constants of 32 elements`) {
		t.Errorf("have %v", err)
	}
}

func TestSimplifyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := doubled(t, 12)
	for _, p := range []passes.Pass{simplify.Infer, simplify.All()[len(simplify.All())-1]} {
		if _, err := p.Run(ctx, m); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: have %v", p.Name, err)
		}
	}
}
