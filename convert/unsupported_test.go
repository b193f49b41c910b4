package convert_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

const perceptron = `<float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}> { a = MatMul(x, w)  b = Relu(a)  c = MatMul(b, u)  `

// written writes a model in text form to a file.
func written(t *testing.T, text string) string {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13, "com.example" : 1]> ` + text)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "in.onnx")
	if err := onnx.Write(t.Context(), path, m, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// What cannot be run stays as it is, and costs neither the cut of the rest nor its proof. The report
// says what was not run and not proven.
func TestWhatCannotBeRunIsSetAside(t *testing.T) {
	for _, c := range []struct {
		name, text              string
		aside, madeUp, unproved []string
		guessed                 string
	}{
		{"the last node", `g (float[N,2] x) => (float[N,2] y) ` + perceptron + `y = com.example.Own(c) }`, []string{"y"}, nil, []string{"y"}, ""},
		{"a branch", `g (float[N,2] x, bool q) => (float[N,2] y) ` + perceptron + `y = If(q)<then_branch = t () => (float[N,2] o) { o = com.example.Own(c) }, else_branch = e () => (float[N,2] p) { p = com.example.Own(c) }> }`,
			[]string{"y"}, nil, []string{"y"}, ""},
		{"a branch that is never taken", `g (float[N,2] x) => (float[N,2] y) ` + perceptron + `one = Constant<value = int64[1] {1}>() q = Cast<to = 9>(one) y = If(q)<then_branch = t () => (float[N,2] o) { o = Neg(c) }, else_branch = e () => (float[N,2] p) { p = com.example.Own(c) }> }`,
			nil, nil, nil, ""},
		{"beside, of no known shape", `g (float[N,2] x) => (float[N,2] y, z) <float[1,1] e = {2}, ` + perceptron[1:] + `y = Neg(c) k, v = com.example.Two(x, x) q = Einsum<equation = "...i,ij->...j">(v, e) z = com.example.Own(q) }`,
			[]string{"k", "q", "z"}, nil, []string{"z"}, ""},
		{"in between, of a shape that weights confirm", `g (float[N,2] x) => (float[N,2] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}> { m = com.example.Own(x) a = MatMul(m, w)  b = Relu(a)  y = MatMul(b, u) }`,
			[]string{"m"}, []string{"m"}, []string{"y"}, "x"},
	} {
		for _, recovery := range []string{convert.AutoRecovery, convert.NoRecovery} {
			j := job(t, written(t, c.text), budget.Params, 0.5)
			j.Config.Criterion, j.Config.Solver, j.Config.Recovery, j.Config.Latency = "", "", recovery, true
			r, err := convert.Prune(t.Context(), j)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if !r.Proof.Passed || !r.Proof.Written || r.Pruned.Params > 11 {
				t.Errorf("%s: %d params, proof %+v", c.name, r.Pruned.Params, r.Proof)
			}
			if (r.Partial == nil) != (c.aside == nil) {
				t.Errorf("%s: partial %+v", c.name, r.Partial)
				continue
			}
			if r.Partial == nil {
				continue
			}
			var aside []string
			for _, a := range r.Partial.Aside {
				aside = append(aside, a.Node)
			}
			if !slices.Equal(aside, c.aside) || !slices.Equal(r.Partial.MadeUp, c.madeUp) || !slices.Equal(r.Partial.Unproved, c.unproved) || r.Partial.Guessed["m"] != c.guessed {
				t.Errorf("%s: %+v", c.name, r.Partial)
			}
			for _, x := range r.Pinned {
				if len(c.aside) == 1 && x.Value == "c" && x.Operator == "graph output" {
					t.Errorf("%s: %+v", c.name, x)
				}
			}
			interfaceStays(t, j)
		}
	}
}

// interfaceStays checks that the written model has the inputs and outputs of the original and all of its unknown operators.
func interfaceStays(t *testing.T, j convert.Job) {
	t.Helper()
	var names, own [2][]string
	for i, path := range []string{j.In, j.Out} {
		f, err := onnx.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range append(slices.Clone(f.Model.Graph.Inputs), f.Model.Graph.Outputs...) {
			names[i] = append(names[i], v.Name+" "+v.Type.String())
		}
		for _, n := range f.Model.Graph.AllNodes() {
			if n.Domain != "" {
				own[i] = append(own[i], n.OpName())
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(names[0], names[1]) || len(own[1]) > 0 && !slices.Equal(own[0], own[1]) {
		t.Errorf("interface %v of %v, was %v of %v", names[1], own[1], names[0], own[0])
	}
}

// Real samples feed what the model's inputs are; what cannot be run is made up for each sample. Accuracy cannot be measured.
func TestWhatCannotBeRunIsMadeUpForSamples(t *testing.T) {
	text := `g (float[N,2] x) => (float[N,2] y) <float[N,2] m, float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}> { m = com.example.Own(x) s = Add(m, x) a = MatMul(s, w)  b = Relu(a)  y = MatMul(b, u) }`
	j := job(t, written(t, text), budget.Params, 0.5)
	j.Config.Criterion, j.Config.Solver, j.Config.Recovery = "", "", convert.AutoRecovery
	load := func(*graph.Model) (*dataset.Data, error) {
		x := graph.NewTensor(graph.Float32, 70, 2)
		for i := range 140 {
			graph.Data[float32](x)[i] = float32(i%13) - 6
		}
		return dataset.InMemory(map[string]*graph.Tensor{"x": x}, nil)
	}
	j.Calibration, j.Eval = load, load
	r, err := convert.Prune(t.Context(), j)
	if err != nil || !r.Proof.Passed || r.Calibration == nil || r.Calibration.Source != "data" || len(r.Partial.Skipped) != 1 || r.Agreement != nil {
		t.Fatalf("%v, %+v", err, r)
	}
	least := 0.5
	j.MinAgreement = &least
	if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), "com.example.Own is not supported") {
		t.Errorf("a bound on what cannot be measured: %v", err)
	}
}

// Integer inputs of every width can be made up, so that models of tokens can be proven without
// data.
func TestIntegerInputsAreMadeUp(t *testing.T) {
	for _, d := range []string{"int64", "int32", "uint8", "int16"} {
		j := job(t, written(t, `g (float[N,2] x, `+d+`[N,3] i) => (float[N,2] y) `+perceptron+`s = Cast<to = 1>(i)  r = ReduceMean<axes = [1]>(s)  y = Add(c, r) }`), budget.Params, 0.5)
		j.Config.Latency = true
		if r, err := convert.Prune(t.Context(), j); err != nil || !r.Proof.Passed {
			t.Errorf("%s: %v", d, err)
		}
	}
}

// Two models whose outputs are all NaN agree, which proves nothing.
func TestOutputsWithoutNumbersProveNothing(t *testing.T) {
	j := job(t, written(t, `g (float[N,2] x) => (float[N,2] y) `+perceptron+`d = Sub(c, c)  e = Div(d, d)  y = Relu(e) }`), budget.Params, 0.5)
	r, err := convert.Prune(t.Context(), j)
	if !convert.IsGate(err) || !strings.Contains(err.Error(), "prove nothing") || r.Proof == nil || r.Proof.Passed {
		t.Errorf("want a failed proof, have %v", err)
	}
	if _, err := os.Stat(j.Out); err == nil {
		t.Error("written without a proof")
	}
}

// A report says what was found even if nothing can be removed, and can be written whatever its
// figures are.
func TestAReportAlwaysSaysWhatWasFound(t *testing.T) {
	j := job(t, written(t, `g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }`), budget.Params, 0.5)
	r, err := convert.Prune(t.Context(), j)
	if !convert.IsGate(err) || r == nil || len(r.Pinned) == 0 {
		t.Errorf("want a failed gate and what is pinned, have %v and %+v", err, r)
	}
	inf := graph.TensorOf([]float32{float32(math.Inf(1))}, 1)
	abs, rel, err := proof.Difference(map[string]*graph.Tensor{"y": graph.TensorOf([]float32{1}, 1)}, map[string]*graph.Tensor{"y": inf})
	if err != nil {
		t.Fatal(err)
	}
	r.Proof = &report.Proof{MaxAbsDiff: abs, MaxRelDiff: rel}
	if err := r.WriteJSON(&strings.Builder{}); err != nil {
		t.Error(err)
	}
}

// Sequences of tensors are compared item by item.
func TestSequencesAreProvenByTheirItems(t *testing.T) {
	j := job(t, written(t, `g (float[N,2] x) => (seq(float[N,2]) y) `+perceptron+`d = Relu(c)  y = SequenceConstruct(c, d) }`), budget.Params, 0.5)
	j.Config.Latency = true
	if r, err := convert.Prune(t.Context(), j); err != nil || !r.Proof.Passed || !r.Proof.Written {
		t.Errorf("%v, %+v", err, r)
	}
	sequence := func(x float32) map[string]*graph.Tensor {
		return map[string]*graph.Tensor{"y": graph.SequenceOf(graph.TensorOf([]float32{1}, 1), graph.TensorOf([]float32{x}, 1))}
	}
	if abs, _, err := proof.Difference(sequence(2), sequence(5)); err != nil || abs != 3 {
		t.Errorf("want 3, have %v, %v", abs, err)
	}
	if _, _, err := proof.Difference(sequence(2), map[string]*graph.Tensor{"y": graph.SequenceOf()}); err == nil {
		t.Error("two items are no item")
	}
}

// A model with a scalar input, which goes with every sample, is pruned and repaired by made-up
// inputs like any other.
func TestScalarInputsAreMadeUp(t *testing.T) {
	j := job(t, written(t, `g (float[N,2] x, float k, bool q) => (float[N,2] y) `+perceptron+
		`d = Mul(c, k)  y = If (q) <then_branch = t () => (float[N,2] o) { o = Neg(d) }, else_branch = e () => (float[N,2] p) { p = Relu(d) }> }`), budget.Params, 0.5)
	j.Config.Criterion, j.Config.Solver, j.Config.Recovery, j.Config.Latency = "", "", convert.AutoRecovery, true
	r, err := convert.Prune(t.Context(), j)
	if err != nil || !r.Proof.Passed || len(r.Recovery) == 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

// Units are cut through an operator that is described, and the report says that a stand-in was run.
func TestDescribedOperatorsPinNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "operators.json")
	text := `{"operators": [{"domain": "com.example", "name": "Described", "shape": "as input 0", "coupling": "channel", "axis": 1, "per_channel": {"1": 0}}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := convert.DescribeOperators(path); err != nil {
		t.Fatal(err)
	}
	model := `g (float[N,2] x) => (float[N,2] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4] s = {1, 2, 3, 4}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}>
		{ a = MatMul(x, w)  b = com.example.Described(a, s)  y = MatMul(b, u) }`
	j := job(t, written(t, model), budget.Params, 0.5)
	j.Config.Criterion, j.Config.Solver, j.Config.Recovery, j.Config.Latency = "", "", convert.AutoRecovery, true
	r, err := convert.Prune(t.Context(), j)
	if err != nil || !r.Proof.Passed || !r.Proof.Written || r.Pruned.Params > 12 {
		t.Fatalf("%v, %+v", err, r)
	}
	if p := r.Partial; p == nil || len(p.StandIns) != 1 || len(p.Aside) != 0 || !slices.Equal(p.Unproved, []string{"y"}) {
		t.Errorf("%+v", r.Partial)
	}
	interfaceStays(t, j)
	file, err := onnx.Read(j.Out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if s := file.Model.Graph.Value("s"); s == nil || s.Const.Len() != 2 {
		t.Errorf("the scales are %v", s)
	}
}
