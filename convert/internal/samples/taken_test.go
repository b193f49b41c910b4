package samples

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// Integers that are made up are among those that their readers take, whatever lies in between.
func TestMadeUpIntegersAreTaken(t *testing.T) {
	for _, c := range []struct {
		name, text  string
		input       string
		least, most int64
	}{
		{"nothing says otherwise", `g (int64[20] i) => (y) { y = Cast<to = 1>(i) }`, "i", 0, 1},
		{"a table of many rows", `g (int64[20] i) => (y) <float[3,1] w = {1, 2, 3}> { y = Gather(w, i) }`, "i", 0, 1},
		{"an axis of one position", `g (int64[20] i, float[1,4] x) => (y) { y = Gather(x, i) }`, "i", 0, 0},
		{"elements of an axis of one position", `g (int64[4,1] i, float[4,1] x) => (y) { y = GatherElements<axis = -1>(x, i) }`, "i", 0, 0},
		{"behind a Cast and a Reshape", `g (int32[20] i, float[1,4] x) => (y) <int64[2] s = {4, 5}> { a = Cast<to = 7>(i) b = Reshape(a, s) y = Gather(x, b) }`, "i", 0, 0},
		{"less one", `g (int64[20] i, float[1,4] x) => (y) <int64 one = {1}> { a = Sub(i, one) y = Gather(x, a) }`, "i", 1, 1},
		{"lengths", `g (float[6,2,3] x, int32[2] n) => (y) <float[1,3,3] w = {1, 2, 3, 4, 5, 6, 7, 8, 9}, float[1,3,3] r = {1, 2, 3, 4, 5, 6, 7, 8, 9}> { y = RNN<hidden_size = 3>(x, w, r, "", n) }`, "n", 1, 6},
		{"a divisor", `g (int64[20] a, int64[20] b) => (y) { y = Div(a, b) }`, "b", 1, 2},
		{"rounds", `g (int64 m, float[2] x) => (y) { y = Loop(m, "", x) <body = b (int64 k, bool c, float[2] s) => (bool d, float[2] t) { d = Identity(c) t = Neg(s) }> }`, "m", 1, 2},
		{"readers that contradict each other", `g (int64[20] i, float[1,4] x) => (y, z) { y = Gather(x, i) z = Div(i, i) }`, "i", 0, 1},
		{"seqlens_k", attention + `y, k, v = com.microsoft.GroupQueryAttention<num_heads = 4, kv_num_heads = 2>(x, "", "", pk, pv, n, total) }`, "n", 6, 6},
		{"total_sequence_length", attention + `y, k, v = com.microsoft.GroupQueryAttention<num_heads = 4, kv_num_heads = 2>(x, "", "", pk, pv, n, total) }`, "total", 7, 7},
		{"a mask that counts positions", `g (float[2,4,32] x, float[2,2,3,4] pk, float[2,2,3,4] pv, int64[2,7] mask) => (y, k, v) <int64[1] one = {1}, int32 total = {7}> {
			s = ReduceSum<keepdims = 0>(mask, one) s1 = Sub(s, one) n = Cast<to = 6>(s1)
			y, k, v = com.microsoft.GroupQueryAttention<num_heads = 4, kv_num_heads = 2>(x, "", "", pk, pv, n, total) }`, "mask", 1, 1},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1]> ` + c.text)
		if err != nil {
			t.Fatal(c.name, err)
		}
		feeds, err := Synthetic(m, nil, 1, 1)
		if err != nil {
			t.Fatal(c.name, err)
		}
		have, _ := graph.Ints(feeds[c.input])
		for _, x := range have {
			if x < c.least || x > c.most {
				t.Errorf("%s: %v, want %d to %d", c.name, have, c.least, c.most)
				break
			}
		}
	}
}

const attention = `g (float[2,4,32] x, float[2,2,3,4] pk, float[2,2,3,4] pv, int32[2] n, int32 total) => (y, k, v) { `
