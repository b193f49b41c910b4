package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// constantNode computes from constants of those shapes.
func constantNode(t *testing.T, name string, shapes ...[]int) *graph.Node {
	t.Helper()
	g := graph.New("g")
	var in []*graph.Value
	for _, s := range shapes {
		in = append(in, g.AddConst("c", graph.NewTensor(graph.Float32, s...)))
	}
	n, err := g.NewNode(name, "", 17, in, []*graph.Value{g.Fresh("y")})
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnAllowanceIsOfBytesAndWork(t *testing.T) {
	a := op.NewAllowance(nil)
	if !a.Takes(constantNode(t, "Neg", []int{2 << 18})) {
		t.Error("2 MiB are refused")
	}
	if a.Takes(constantNode(t, "Neg", []int{3 << 18})) {
		t.Error("3 MiB more pass")
	}
	if !a.Takes(constantNode(t, "Neg", []int{1 << 18})) {
		t.Error("what is refused counts")
	}
	square := []int{1024, 1024}
	product := constantNode(t, "MatMul", square, square)
	if op.NewAllowance(nil).Takes(product) {
		t.Error("2^30 multiply-accumulates pass")
	}
	if !op.NewAllowance(product.Graph()).Takes(constantNode(t, "MatMul", []int{1024, 16}, []int{16, 1024})) {
		t.Error("a product of thin weights is refused")
	}
	weights := graph.New("weights")
	weights.AddConst("w", graph.NewTensor(graph.Uint8, 4<<20))
	if !op.NewAllowance(weights).Takes(constantNode(t, "Neg", []int{8 << 20})) {
		t.Error("weights that become eight times as large, in floats of bytes, are refused")
	}
}
