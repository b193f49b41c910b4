package convert_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/passes/budget"
)

const calls = `g (float[N,2] x) => (float[N,2] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}> { y = com.example.mlp<slope = 0.5>(x, w, u) }
	<domain: "com.example", opset_import: ["" : 13, "com.example" : 1]> mlp <slope> (x, w, u) => (y) { a = MatMul(x, w)  b = com.example.act<alpha: float = @slope>(a)  y = MatMul(b, u) }
	<domain: "com.example", opset_import: ["" : VERSION]> act <alpha = 0.1> (a) => (b) { b = LeakyRelu<alpha: float = @alpha>(a)  c = ReduceMean(a) }`

// A model of calls is pruned like the bodies they run, and the output has no calls.
func TestCallsArePruned(t *testing.T) {
	j := job(t, written(t, strings.ReplaceAll(calls, "VERSION", "13")), budget.Params, 0.5)
	j.Config.Latency = true
	r, err := convert.Prune(t.Context(), j)
	if err != nil || !r.Proof.Passed || !r.Proof.Written || r.Proof.Simplified == nil {
		t.Fatalf("%v, %+v", err, r)
	}
	if r.Original.Params != 16 || r.Original.MACs != 16 || r.Pruned.Params != 8 {
		t.Errorf("counted are %+v and %+v", r.Original, r.Pruned)
	}
	file, err := onnx.Read(j.Out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if len(file.Model.Functions) > 0 || len(file.Model.Graph.Nodes) != 3 || len(file.Model.Opsets) != 1 {
		t.Errorf("written is\n%s", file.Model.Text())
	}
}

// A function of another opset stays a call if an operator differs there. The model still runs, and
// is cut around it.
func TestFunctionsOfAnotherOpsetStayCalls(t *testing.T) {
	text := strings.Replace(calls, "act<alpha: float = @slope>(a)", "act<alpha: float = @slope>(a0)", 1)
	text = strings.Replace(text, "a = MatMul(x, w)", "h = MatMul(x, v)  k = MatMul(h, z)  a0 = MatMul(k, w)", 1)
	text = strings.Replace(text, "(x, w, u) => (y)", "(x, w, u, v, z) => (y)", 1)
	text = strings.Replace(text, "(x, w, u) }", "(x, w, u, v, z) }", 1)
	text = strings.Replace(text, "> { y =", ", float[2,4] v = {8, 7, 6, 5, 4, 3, 2, 1}, float[4,2] z = {1, 0, 0, 1, 1, 1, 0, 1}> { y =", 1)
	path := written(t, strings.ReplaceAll(text, "VERSION", "18"))
	r, err := convert.Inspect(t.Context(), path, nil)
	if err != nil || len(r.Groups) != 2 {
		t.Fatalf("%v, %+v", err, r)
	}
	pinned := false
	for _, p := range r.Pinned {
		pinned = pinned || p.Operator == "com.example.act"
	}
	if !pinned {
		t.Errorf("pinned are %+v", r.Pinned)
	}
	j := job(t, path, budget.Params, 0.8)
	j.Config.Latency = true
	j.Config.Criterion, j.Config.Recovery = "l2", convert.NoRecovery
	if r, err := convert.Prune(t.Context(), j); err != nil || !r.Proof.Passed || !r.Proof.Written {
		t.Fatalf("%v, %+v", err, r)
	}
	file, err := onnx.Read(j.Out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if len(file.Model.Functions) != 1 {
		t.Errorf("written is\n%s", file.Model.Text())
	}
}

// Every command refuses functions that call themselves, in one line.
func TestRecursionIsRefused(t *testing.T) {
	path := written(t, `g (float[N,2] x) => (float[N,2] y) { y = com.example.f(x) } <domain: "com.example", opset_import: ["com.example" : 1]> f (x) => (y) { y = com.example.f(x) }`)
	const want = "function com.example.f calls itself"
	if _, err := convert.Inspect(t.Context(), path, nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("inspect: %v", err)
	}
	j := job(t, path, budget.Params, 0.5)
	if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("prune: %v", err)
	}
}
