package proof

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// scaled is the model with the elements of an initializer times a number.
func scaled(m *graph.Model, name string, by float32) *graph.Model {
	c, _ := m.Clone()
	v := c.Graph.Value(name)
	data := slices.Clone(graph.Data[float32](v.Const))
	for i := range data {
		data[i] *= by
	}
	c.Graph.SetConst(v, graph.TensorOf(data, v.Const.Shape()...))
	return c
}

// Three things can fail, each a gate with its own reason: that what was simplified is the original, that inputs prove anything,
// that cut and mask agree. The proof is there beside the reason.
func TestProofSaysWhichPartOfItFailed(t *testing.T) {
	settings := stage.Settings{Threads: 1, Seed: 1}
	for _, c := range []struct {
		name   string
		change func(p *toProve, original **graph.Model)
		want   string
	}{
		{"all is well", func(*toProve, **graph.Model) {}, ""},
		{"inputs are made up", func(p *toProve, _ **graph.Model) { p.feeds = nil }, ""},
		{"simplified otherwise", func(p *toProve, original **graph.Model) { *original = scaled(p.model, "u", 1.01) }, "proof: the original and the simplified original differ by 0.00"},
		{"simplified within the tolerance", func(p *toProve, original **graph.Model) { *original = scaled(p.model, "u", 1+0x1p-16) }, ""},
		{"an original that cannot be run", func(p *toProve, original **graph.Model) {
			*original = scaled(p.model, "u", 1.01)
			(*original).Graph.Nodes[2].Op = "Unheard"
		}, ""},
		{"NaN for input", func(p *toProve, _ **graph.Model) {
			nan := float32(math.NaN())
			p.feeds = map[string]*graph.Tensor{"x": graph.TensorOf([]float32{nan, nan}, 1, 2)}
		}, "proof: every output is empty, NaN or infinite on these inputs"},
		{"cut otherwise", func(p *toProve, _ **graph.Model) { p.cut = scaled(p.cut, "u", 1.5) }, "proof: cut and mask differ by 0.5"},
	} {
		p := planned(t, hidden, 1, 2)
		original := p.model
		c.change(&p, &original)
		proof, err := Prove(t.Context(), original, p.model, p.cut, p.analysis, p.plan, p.feeds, settings)
		if c.want == "" {
			if err != nil || proof == nil || !proof.Passed {
				t.Errorf("%s: %+v, %v", c.name, proof, err)
			} else if known := c.name != "an original that cannot be run"; (proof.Simplified != nil) != known || known && *proof.Simplified > Tolerance {
				t.Errorf("%s: %+v", c.name, proof)
			}
			continue
		}
		if !stage.IsGate(err) || !strings.HasPrefix(err.Error(), c.want) || proof == nil || proof.Passed {
			t.Errorf("%s: %+v, %v", c.name, proof, err)
		}
	}
	broken := planned(t, hidden, 1, 2)
	broken.model.Graph.Nodes[2].Op = "Unheard"
	if _, err := Prove(t.Context(), broken.model, broken.model, broken.cut, broken.analysis, broken.plan, broken.feeds, settings); err == nil || stage.IsGate(err) || !strings.Contains(err.Error(), "--no-proof") {
		t.Errorf("a model that cannot be run: %v", err)
	}
	wrong := planned(t, hidden, 1, 2)
	wrong.feeds = map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 1, 2}, 3, 1)}
	for _, original := range []*graph.Model{wrong.model, nil} {
		if original == nil { // not compared, so that the cut is what fails
			original = scaled(wrong.model, "u", 1)
			original.Graph.Nodes[2].Op = "Unheard"
		}
		if proof, err := Prove(t.Context(), original, wrong.model, wrong.cut, wrong.analysis, wrong.plan, wrong.feeds, settings); proof != nil || err == nil || stage.IsGate(err) || !strings.HasPrefix(err.Error(), "proof: the ") {
			t.Errorf("inputs of another shape: %v", err)
		}
	}
	wrong.model.Graph.Inputs[0].Type.DType = graph.String
	if _, err := Prove(t.Context(), wrong.model, wrong.model, wrong.cut, wrong.analysis, wrong.plan, nil, settings); err == nil || !strings.HasPrefix(err.Error(), `proof: input "x"`) {
		t.Errorf("inputs that cannot be made up: %v", err)
	}
}

// Decisions are made from floating-point values and give others: those that they are made from are watched, and outputs that
// follow from none; what follows from a decision is not, nor what is constant, an input, or a shape.
func TestProofOfWhatComesBeforeDecisions(t *testing.T) {
	for _, c := range []struct {
		nodes string
		want  []string
	}{
		{`y = Relu(x)  z = Neg(x)`, nil},
		{`a = Relu(x)  y = ArgMax(a)  z = Neg(a)`, []string{"a", "z"}},
		{`a = Relu(x)  b = Neg(a)  i = ArgMax(b)  f = Cast<to = 1>(i)  y = Relu(f)  z = Neg(a)`, []string{"b", "z"}},
		{`a = Relu(x)  s = Shape(a)  y = Cast<to = 1>(s)  z = Neg(a)`, nil},
		{`a = Relu(x)  s = Size(a)  y = Cast<to = 1>(s)  z = Neg(a)`, nil},
		{`i = ArgMax(x)  f = Cast<to = 1>(i)  y = Relu(f)  z = Neg(x)`, []string{"z"}},
		{`a = Relu(x)  i = ArgMax(a)  f = Cast<to = 1>(i)  b = Neg(x)  y = Add(f, b)  z = Neg(a)`, []string{"a", "b", "z"}},
		{`a = Relu(x)  b = Relu(w)  g = Greater(a, b)  y = Where(g, a, b)  z = Neg(a)`, []string{"a", "b", "z"}},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]> g (float[3,4] x) => (y, z) <float[3,4] w = {1,2,3,4,5,6,7,8,9,10,11,12}> { ` + c.nodes + ` }`)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		have := BeforeDecisions(m.Graph, m.Graph)
		slices.Sort(have)
		if !slices.Equal(have, c.want) {
			t.Errorf("%s: want %v, have %v", c.nodes, c.want, have)
		}
		if len(c.want) == 0 || m.Graph.Value(c.want[0]).IsOutput() {
			continue // an output keeps its name
		}
		// What the original does not compute under that name, or has as a constant, is not compared.
		other, _ := m.Clone()
		if err := other.Graph.Rename(other.Graph.Value(c.want[0]), "renamed"); err != nil {
			t.Fatal(err)
		}
		have = BeforeDecisions(other.Graph, m.Graph)
		slices.Sort(have)
		if !slices.Equal(have, c.want[1:]) {
			t.Errorf("%s, renamed: want %v, have %v", c.nodes, c.want[1:], have)
		}
	}
}

// Where two models decide otherwise on a last bit, what was decided from is compared, and that is the same but for the bit.
func TestProofOfADecisionThatFellOtherwise(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["": 13]>
net (float[1,2] x) => (float[1,2] y) <float[2] b = {0, 0}, float[2] big = {100, 200}>
{
   a = Add(x, b)
   m = ReduceMax<axes = [1], keepdims = 1>(a)
   top = Equal(a, m)
   f = Cast<to = 1>(top)
   y = Mul(f, big)
}`
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	feeds := map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 1 + 0x1p-23}, 1, 2)}
	for _, c := range []struct {
		bias []float32
		same bool
	}{{[]float32{0, 0}, true}, {[]float32{0x1p-22, 0}, true}, {[]float32{0.5, 0}, false}} {
		other, _ := m.Clone()
		other.Graph.SetConst(other.Graph.Value("b"), graph.TensorOf(c.bias, 2))
		rel, known, err := Simplified(t.Context(), m, other, feeds, 1)
		if err != nil || !known || (rel <= Tolerance) != c.same {
			t.Errorf("%v: off by %g, %v, %v", c.bias, rel, known, err)
		}
	}
	broken, _ := m.Clone()
	broken.Graph.Nodes[0].Op = "Unheard"
	if _, known, err := Simplified(t.Context(), broken, m, feeds, 1); known || err != nil {
		t.Errorf("an original that cannot be run: %v, %v", known, err)
	}
	if _, known, err := Simplified(t.Context(), m, broken, feeds, 1); !known || err == nil || !strings.HasPrefix(err.Error(), "the simplified original: ") {
		t.Errorf("a simplified one that cannot be run: %v, %v", known, err)
	}
	if _, known, err := Simplified(t.Context(), m, m, map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1}, 1, 1)}, 1); !known || err == nil || !strings.HasPrefix(err.Error(), "the original: ") {
		t.Errorf("inputs of another shape: %v, %v", known, err)
	}
}

// A cut that is wrong behind a decision shows in the outputs alone.
func TestProofOfWhatFollowsADecision(t *testing.T) {
	p := planned(t, `<ir_version: 8, opset_import: ["": 13]>
net (float[N,2] x) => (float[N,2] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}, float zero = {0}, float[2] big = {100, 200}>
{
   a = MatMul(x, w)
   h = Sigmoid(a)
   s = MatMul(h, u)
   found = Greater(s, zero)
   f = Cast<to = 1>(found)
   y = Add(f, big)
}`, 1, 2)
	if proof := p.prove(t); !proof.Passed {
		t.Errorf("a right cut: %+v", proof)
	}
	p.cut = scaled(p.cut, "big", 1.5)
	if proof := p.prove(t); proof.Passed || proof.MaxRelDiff < 0.4 {
		t.Errorf("a wrong one: %+v", proof)
	}
}

// The inputs that are given are those that are run: on these, which are positive, Relu does nothing.
func TestProofOnTheInputsGiven(t *testing.T) {
	var models [2]*graph.Model
	for i, node := range []string{"Relu", "Identity"} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]> g (float[4,8] x) => (float[4,8] y) { y = ` + node + `(x) }`)
		if err != nil {
			t.Fatal(err)
		}
		models[i] = m
	}
	path := filepath.Join(t.TempDir(), "relu.onnx")
	if err := onnx.Write(t.Context(), path, models[0], onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	positive := map[string]*graph.Tensor{"x": graph.TensorOf(slices.Repeat([]float32{2}, 32), 4, 8)}
	settings := stage.Settings{Threads: 1}
	if err := SameOutputs(t.Context(), models[0], models[1], positive, 0, settings); err != nil {
		t.Error(err)
	}
	if err := SameOutputs(t.Context(), models[0], models[1], nil, 0, settings); err == nil {
		t.Error("made-up inputs are of both signs")
	}
	if same, err := ReadBack(t.Context(), path, models[1], models[1], positive, settings); !same || err != nil {
		t.Errorf("%v, %v", same, err)
	}
	if same, err := ReadBack(t.Context(), path, models[1], models[1], nil, settings); same || err != nil {
		t.Errorf("made-up inputs are of both signs: %v, %v", same, err)
	}
}

// The file is read back and run beside the model in memory.
func TestProofOfTheFile(t *testing.T) {
	p := planned(t, hidden, 1, 2)
	path := filepath.Join(t.TempDir(), "cut.onnx")
	if err := onnx.Write(t.Context(), path, p.cut, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	settings := stage.Settings{Threads: 1}
	for _, feeds := range []map[string]*graph.Tensor{p.feeds, nil} {
		if same, err := ReadBack(t.Context(), path, p.model, p.cut, feeds, settings); !same || err != nil {
			t.Errorf("%v, %v", same, err)
		}
		if same, err := ReadBack(t.Context(), path, p.model, scaled(p.cut, "u", 2), feeds, settings); same || err != nil {
			t.Errorf("another model: %v, %v", same, err)
		}
	}
	if same, err := ReadBack(t.Context(), path+"x", p.model, p.cut, p.feeds, settings); same || err == nil || !strings.HasPrefix(err.Error(), "the written file cannot be read back: ") {
		t.Errorf("no file: %v, %v", same, err)
	}
	p.model.Graph.Inputs[0].Type.DType = graph.String
	if same, err := ReadBack(t.Context(), path, p.model, p.cut, nil, settings); same || err == nil {
		t.Errorf("inputs that cannot be made up: %v, %v", same, err)
	}
}

// A file that computes something else is a failed proof, whatever was proven before.
func TestProofRecordsTheFile(t *testing.T) {
	p := &report.Proof{Passed: true}
	if err := RecordWritten(p, true); err != nil || !p.Passed || !p.Written {
		t.Errorf("%+v, %v", p, err)
	}
	if err := RecordWritten(p, false); !stage.IsGate(err) || !strings.HasPrefix(err.Error(), "proof: the written file") || p.Passed || p.Written {
		t.Errorf("%+v, %v", p, err)
	}
}

// As many samples are made up as are cheap, four at most and one at least.
func TestProofOnAFewSamples(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{`g (float[N,2] x) => (y) { y = Relu(x) }`, 4},
		{`g (float[N,2000] x, float[2000,2000] w, float[2000,2000] v) => (y, z) { y = MatMul(x, w)  z = MatMul(w, v) }`, 2},
		{`g (float[N,2000] x, float[2000,2000] w, float[2000,6000] v) => (y, z) { y = MatMul(x, w)  z = MatMul(w, v) }`, 1},
		{`g (float[3,2] x) => (y) { y = Relu(x) }`, 3},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]> ` + c.text)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		feeds, err := Feeds(m, stage.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if have := feeds["x"].Shape()[0]; have != c.want {
			t.Errorf("%s: want %d samples, have %d", c.text, c.want, have)
		}
	}
}
