package group_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// doubling is a network whose one hidden axis of 8 channels is joined with itself so many times over.
func doubling(t *testing.T, times int) *graph.Model {
	t.Helper()
	var nodes strings.Builder
	for i := range times {
		fmt.Fprintf(&nodes, "c%d = Concat<axis = 1>(c%d, c%d)\n", i+1, i, i)
	}
	m, err := graph.Parse(fmt.Sprintf(`<ir_version: 8, opset_import: ["": 13]>
g (float[1,4] x) => (float y) <float[4,8] w = {%s}> {
	c0 = MatMul(x, w)
	%s
	y = ReduceSum<keepdims = 0>(c%d)
}`, strings.Repeat("1,", 31)+"1", nodes.String(), times))
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	return m
}

// A chain of Concats of a value with itself has twice as many parts after each. Few are told apart, many are pinned, and
// both take no time to speak of.
func TestPartsThatDoubleTakeNoTime(t *testing.T) {
	for _, c := range []struct{ times, groups int }{{3, 1}, {20, 0}, {40, 0}} {
		start := time.Now()
		m := doubling(t, c.times)
		a, err := group.Find(m)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Groups) != c.groups {
			t.Errorf("%d Concats: %d groups, want %d; pinned: %v", c.times, len(a.Groups), c.groups, a.Pinned)
		}
		last := m.Graph.Value(fmt.Sprintf("c%d", c.times))
		for _, g := range a.Groups {
			if n := a.Extent(map[*group.Group]int{g: 3}, last, 1); n != graph.Saturate(3<<c.times) {
				t.Errorf("%d Concats of 3 of 8 channels: %d positions", c.times, n)
			}
		}
		if c.groups == 0 && a.Extent(nil, last, 1) != graph.Saturate(8<<c.times) {
			t.Errorf("%d Concats: extent %d", c.times, a.Extent(nil, last, 1))
		}
		a.Products(last, 1)
		a.Factors(group.Member{Value: last, Axis: 1})
		a.Widths()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%d Concats: took %v", c.times, took)
		}
	}
}

func TestFindEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := group.FindContext(ctx, doubling(t, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
}

// An axis of more units than any network has is pinned, with the reason.
func TestTooManyUnitsArePinned(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]>
g (float[1,2] x) => (float y) <float[2,1] w = {1, 1}> { a = MatMul(x, w) b = Relu(a) y = ReduceSum<keepdims = 0>(b) }`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ units, groups int }{{1 << 10, 1}, {1 << 18, 0}} {
		m.Graph.SetConst(m.Graph.Value("w"), graph.NewTensor(graph.Float32, 2, c.units))
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		a, err := group.Find(m)
		if err != nil {
			t.Fatal(err)
		}
		told := false
		for _, p := range a.Pinned {
			told = told || strings.Contains(p.Reason, "262144 units")
		}
		if len(a.Groups) != c.groups || told != (c.groups == 0) {
			t.Errorf("%d units: %d groups, want %d; pinned: %v", c.units, len(a.Groups), c.groups, a.Pinned)
		}
	}
}
