package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// What runs in subgraphs is work: the larger branch of an If, or the one that is taken; a loop's body
// as often as the loop says, or once where that is not known; a body of Scan at every position.
func TestWorkOfSubgraphs(t *testing.T) {
	const large, small = 2 * 3 * 4, 2 * 3 * 1
	branches := `<then_branch = then () => (float[2,4] a) { a = MatMul(x, w4) }, else_branch = other () => (float[2,1] b) { b = MatMul(x, w1) }>`
	loop := `<body = body (int64 i, bool on, float[2,3] s) => (bool next, float[2,3] r) { next = Identity(on) r = MatMul(s, w3) }>`
	for _, c := range []struct {
		name, nodes, in string
		want            graph.Dim
	}{
		{"either branch", "y = If" + branches + "(c)", "", graph.Size(large)},
		{"the first", "y = If" + branches + "(k)", "bool k = {1}", graph.Size(large)},
		{"the second", "y = If" + branches + "(k)", "bool k = {0}", graph.Size(small)},
		{"five rounds", "y = Loop" + loop + "(n, , x)", "int64 n = {5}", graph.Size(5 * 2 * 3 * 3)},
		{"nobody knows", "y = Loop" + loop + "(rounds, , x)", "", graph.Size(2 * 3 * 3)},
		{"each of two rows", `y = Scan<num_scan_inputs = 1, body = body (float[3] row) => (float[4] out) { out = MatMul(row, w4) }>(x)`, "", graph.Size(large)},
	} {
		text := `<ir_version: 8, opset_import: ["" : 13]>
g (float[2,3] x, bool c, int64 rounds, float[3,4] w4, float[3,1] w1, float[3,3] w3) => (y)`
		if c.in != "" {
			text += " <" + c.in + ">"
		}
		m, err := graph.Parse(text + " { " + c.nodes + " }")
		if err != nil {
			t.Fatal(c.name, err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(c.name, err)
		}
		n := m.Graph.Nodes[0]
		if have := op.Lookup(n).Cost(n).MACs; have != c.want {
			t.Errorf("%s: %v multiply-accumulates, want %v", c.name, have, c.want)
		}
	}
}
