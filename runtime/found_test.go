package runtime_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// TestFoundByRandomNetworks has the failures that random networks once found, each by itself.
func TestFoundByRandomNetworks(t *testing.T) {
	for name, body := range map[string]string{
		"rows of one number in another order": `(float[2,6] x) => (float[6,3] y)
<float[1,3] w = {1, 2, 3}, int64[2] one = {1, 1}>
{
   t = Transpose<perm = [1, 0]>(x)
   a, b = Split<axis = 1>(t, one)
   y = MatMul(a, w)
}`,
		"a constant of more axes in a function in pieces": `(float[4] x) => (float[1,4] y)
<float[1,1] half = {0.5}, float[1] one = {1}, float[1] root = {1.4142135}>
{
   d = Div(x, root)
   e = Erf(d)
   p = Add(e, one)
   m = Mul(x, p)
   h = Mul(m, half)
   y = Transpose<perm = [0, 1]>(h)
}`,
		"a number beside the product of two vectors": `(float[4] x) => (float y)
<float two = {2}>
{
   p = MatMul(x, x)
   y = Add(p, two)
}`,
	} {
		text := `<ir_version: 8, opset_import: ["" : 17]>` + "\nfound " + body
		feeds := map[string]*graph.Tensor{}
		x := vector([]float32{1, -2, 3, -4, 5, -6, 7, -8, 9, 10, 11, 12}, 2, 6)
		if name != "rows of one number in another order" {
			x = vector([]float32{1, -2, 3, -4})
		}
		feeds["x"] = x
		want := run(t, compile(t, text, runtime.Options{Reference: true}), feeds)
		if err := sameOutputs(run(t, compile(t, text, runtime.Options{Threads: 1}), feeds), want); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
