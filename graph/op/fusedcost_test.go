package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// A fused operator takes the multiply-accumulates of the products that it stands for.
func TestCostOfFusedOperators(t *testing.T) {
	for _, c := range []struct {
		name, node string
		want       int
	}{
		{"projection 2*5*7*20, scores and values 2*5*5*(6+8)",
			`com.microsoft.Attention<num_heads = 2, qkv_hidden_sizes = [6, 6, 8]>(x, w_a)`, 2*5*7*20 + 2*5*5*(6+8)},
		{"attention of queries 6 wide and values 8 wide over 3 keys",
			`com.microsoft.MultiHeadAttention<num_heads = 2>(q, k, v)`, 2 * 5 * 3 * (6 + 8)},
		{"half the heads for keys and values", `Attention<q_num_heads = 2, kv_num_heads = 1>(q, k1, v1)`, 2 * 5 * 3 * (6 + 8)},
		{"a weight with its columns first", `com.microsoft.FusedMatMul<transB = 1>(x, w_t)`, 2 * 5 * 7 * 4},
	} {
		m, err := graph.Parse(`<ir_version: 11, opset_import: ["" : 24, "com.microsoft" : 1]>
g (float[2,5,7] x, float[7,20] w_a, float[4,7] w_t, float[2,5,6] q, float[2,3,6] k, float[2,3,8] v, float[2,3,3] k1, float[2,3,4] v1) => (float y)
{
   y = ` + c.node + `
}`)
		if err != nil {
			t.Fatal(err)
		}
		m.Graph.Outputs[0].Type = graph.Type{}
		n := m.Graph.Nodes[0]
		if err := op.Infer(n); err != nil {
			t.Fatalf("%s: %v", c.node, err)
		}
		if have := op.Lookup(n).Cost(n).MACs; !have.Is(c.want) {
			t.Errorf("%s: %s: want %d, have %v", c.node, c.name, c.want, have)
		}
	}
}
