package proof

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// toProve is a model with a plan and the cut by that plan, ready to be proven.
type toProve struct {
	model, cut *graph.Model
	analysis   *group.Analysis
	plan       *group.Plan
	feeds      map[string]*graph.Tensor
}

// planned cuts a model in the text form to the units of its first group that are kept.
func planned(t *testing.T, text string, kept ...int) toProve {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	p := toProve{model: m}
	if p.analysis, err = group.Find(m); err != nil {
		t.Fatal(err)
	}
	p.plan = &group.Plan{Kept: map[*group.Group][]int{p.analysis.Groups[0]: slices.Clone(kept)}}
	if p.cut, err = surgery.Cut(m, p.analysis, p.plan); err != nil {
		t.Fatal(err)
	}
	if p.feeds, err = samples.Synthetic(m, nil, 3, 1); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p toProve) prove(t *testing.T) *report.Proof {
	t.Helper()
	proof, err := Cut(t.Context(), p.model, p.cut, p.analysis, p.plan, p.feeds, 1)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

// Four hidden units, of which two stay.
const hidden = `<ir_version: 8, opset_import: ["": 13]>
net (float[N,2] x) => (float[N,2] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4] b = {1, -1, 2, -2}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}>
{
   a = MatMul(x, w)
   s = Add(a, b)
   h = Sigmoid(s)
   y = MatMul(h, u)
}`

// change multiplies element i of an initializer.
func change(name string, i int, by float32) func(*graph.Model) {
	return func(m *graph.Model) {
		v := m.Graph.Value(name)
		data := slices.Clone(graph.Data[float32](v.Const))
		data[i] *= by
		m.Graph.SetConst(v, graph.TensorOf(data, v.Const.Shape()...))
	}
}

// The proof is worth what it refuses. A cut by the plan passes; one that kept another unit, lost a bias or has a weight that
// is off by a thousandth of itself does not, and the proof says by how much.
func TestProofRefusesAWrongCut(t *testing.T) {
	for _, c := range []struct {
		name   string
		wrong  func(*graph.Model)
		passes bool
	}{
		{"as planned", func(*graph.Model) {}, true},
		{"a last bit of a weight", change("u", 0, 1+0x1p-22), true},
		{"a thousandth of a weight", change("u", 3, 1.001), false},
		{"a bias of the other sign", change("b", 1, -1), false},
		{"another unit", func(m *graph.Model) {
			m.Graph.SetConst(m.Graph.Value("u"), graph.TensorOf([]float32{1, -2, 7, 8}, 2, 2))
		}, false},
		{"what is no number", change("u", 2, float32(math.NaN())), false},
	} {
		p := planned(t, hidden, 1, 2)
		c.wrong(p.cut)
		proof := p.prove(t)
		if proof.Passed != c.passes {
			t.Errorf("%s: passed is %v: %+v", c.name, proof.Passed, proof)
		}
		if c.passes != (proof.MaxRelDiff <= proof.Tolerance) || !c.passes && !(proof.MaxAbsDiff > 0) {
			t.Errorf("%s: %+v", c.name, proof)
		}
		if proof.Tolerance != Tolerance || !proof.Predicted {
			t.Errorf("%s: %+v", c.name, proof)
		}
	}
}

// A difference of exactly the tolerance passes, the next number does not.
func TestProofToleranceIsInclusive(t *testing.T) {
	for _, c := range []struct {
		by     float64
		passes bool
	}{{Tolerance, true}, {math.Nextafter(Tolerance, 1), false}} {
		p := planned(t, `<ir_version: 8, opset_import: ["": 13]>
net (double[1,1] x) => (double[1,2] y) <double[1,2] w = {1, 1}, double[2,1] u = {1, 1}, double[1,1] b = {0}>
{
   h = MatMul(x, w)
   z = MatMul(h, u)
   y = Concat<axis = 1>(z, b)
}`, 0)
		p.feeds = map[string]*graph.Tensor{"x": graph.TensorOf([]float64{1}, 1, 1)}
		p.cut.Graph.SetConst(p.cut.Graph.Value("b"), graph.TensorOf([]float64{c.by}, 1, 1))
		if proof := p.prove(t); proof.Passed != c.passes || proof.MaxRelDiff != c.by || proof.MaxAbsDiff != c.by {
			t.Errorf("off by %g: %+v", c.by, proof)
		}
	}
}

// Outputs that hold no finite number agree whatever was cut, so that they prove nothing. One finite number among them does.
func TestProofOfOutputsThatSayNothing(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name string
		out  *graph.Tensor
		says bool
	}{
		{"NaN", graph.TensorOf([]float32{nan, nan}, 2), false},
		{"infinities", graph.TensorOf([]float32{inf, -inf}, 2), false},
		{"both", graph.TensorOf([]float32{nan, inf}, 2), false},
		{"a number among them", graph.TensorOf([]float32{nan, 0}, 2), true},
		{"no element", graph.TensorOf([]float32{}, 0), false},
		{"words", graph.TensorOf([]string{"a"}, 1), true},
	} {
		if have := hasFinite(map[string]*graph.Tensor{"y": c.out}); have != c.says {
			t.Errorf("%s: want %v, have %v", c.name, c.says, have)
		}
	}
	if hasFinite(nil) {
		t.Error("no output holds a number")
	}
	if !hasFinite(map[string]*graph.Tensor{"a": graph.TensorOf([]float32{nan}, 1), "b": graph.TensorOf([]float32{1}, 1)}) {
		t.Error("one of two outputs holds a number")
	}
}

// The difference is absolute over all outputs, and relative to the largest finite magnitude of each.
func TestProofDifference(t *testing.T) {
	nan, inf, most := math.NaN(), math.Inf(1), math.MaxFloat64
	floats := func(v ...float64) *graph.Tensor { return graph.TensorOf(v, len(v)) }
	type outputs = map[string]*graph.Tensor
	for _, c := range []struct {
		name       string
		want, have outputs
		abs, rel   float64
	}{
		{"the same", outputs{"y": floats(1, -2)}, outputs{"y": floats(1, -2)}, 0, 0},
		{"of the largest, whatever its sign", outputs{"y": floats(1, -4)}, outputs{"y": floats(3, -4)}, 2, 0.5},
		{"to both sides", outputs{"y": floats(1, 4)}, outputs{"y": floats(-1, 3)}, 2, 0.5},
		{"each output for itself", outputs{"a": floats(100), "b": floats(1)}, outputs{"a": floats(110), "b": floats(0.5)}, 10, 0.5},
		{"of nothing but zeroes", outputs{"y": floats(0)}, outputs{"y": floats(1)}, 1, most},
		{"zeroes", outputs{"y": floats(0)}, outputs{"y": floats(0)}, 0, 0},
		{"NaN on both sides", outputs{"y": floats(nan, 1)}, outputs{"y": floats(nan, 1)}, 0, 0},
		{"NaN in the original", outputs{"y": floats(nan, 1)}, outputs{"y": floats(0, 1)}, most, most},
		{"nothing but NaN in the original", outputs{"y": floats(nan)}, outputs{"y": floats(0)}, most, most},
		{"NaN in the cut model", outputs{"y": floats(0, 1)}, outputs{"y": floats(nan, 1)}, most, most},
		{"the same infinity", outputs{"y": floats(inf, 1)}, outputs{"y": floats(inf, 1)}, 0, 0},
		{"the other infinity", outputs{"y": floats(inf, 1)}, outputs{"y": floats(-inf, 1)}, most, most},
		{"beside an infinity", outputs{"y": floats(-inf, 2)}, outputs{"y": floats(-inf, 1)}, 1, 0.5},
		{"integers", outputs{"y": graph.TensorOf([]int64{8}, 1)}, outputs{"y": graph.TensorOf([]int64{6}, 1)}, 2, 0.25},
		{"complex numbers", outputs{"y": graph.TensorOf([]complex64{1i}, 1)}, outputs{"y": graph.TensorOf([]complex64{1i}, 1)}, 0, 0},
		{"other complex numbers", outputs{"y": graph.TensorOf([]complex64{1i}, 1)}, outputs{"y": graph.TensorOf([]complex64{2i}, 1)}, most, most},
		{"strings", outputs{"y": graph.TensorOf([]string{"a"}, 1)}, outputs{"y": graph.TensorOf([]string{"a"}, 1)}, 0, 0},
		{"other strings", outputs{"y": graph.TensorOf([]string{"a"}, 1)}, outputs{"y": graph.TensorOf([]string{"b"}, 1)}, most, most},
		{"behind complex numbers", outputs{"a": graph.TensorOf([]complex64{1i}, 1), "b": floats(2)}, outputs{"a": graph.TensorOf([]complex64{1i}, 1), "b": floats(1)}, 1, 0.5},
		{"items of a sequence", outputs{"y": graph.SequenceOf(floats(4), floats(2))}, outputs{"y": graph.SequenceOf(floats(4), floats(3))}, 1, 0.5},
		{"beside a sequence", outputs{"a": graph.SequenceOf(floats(4)), "b": floats(1)}, outputs{"a": graph.SequenceOf(floats(4)), "b": floats(2)}, 1, 1},
	} {
		abs, rel, err := Difference(c.want, c.have)
		if err != nil || abs != c.abs || rel != c.rel {
			t.Errorf("%s: want %g and %g, have %g, %g and %v", c.name, c.abs, c.rel, abs, rel, err)
		}
	}
	for _, c := range []struct {
		name       string
		want, have outputs
		complaint  string
	}{
		{"an output more", outputs{"y": floats(1)}, outputs{"y": floats(1), "z": floats(1)}, "want 1 outputs, have 2"},
		{"another name", outputs{"y": floats(1)}, outputs{"z": floats(1)}, `output "y": want double[1], have none`},
		{"another type", outputs{"y": floats(1)}, outputs{"y": graph.TensorOf([]float32{1}, 1)}, `output "y": want double[1], have float[1]`},
		{"another shape", outputs{"y": floats(1, 2)}, outputs{"y": graph.TensorOf([]float64{1, 2}, 2, 1)}, `output "y": want double[2], have double[2 1]`},
		{"an item less", outputs{"y": graph.SequenceOf(floats(4), floats(2))}, outputs{"y": graph.SequenceOf(floats(4))}, "want 2 outputs, have 1"},
	} {
		if _, _, err := Difference(c.want, c.have); err == nil || err.Error() != c.complaint {
			t.Errorf("%s: want %s, have %v", c.name, c.complaint, err)
		}
	}
}

// Where all outputs are empty, as those of a detector that finds nothing, the proof looks at what decisions are made from. They
// tell a wrong cut from a right one.
func TestProofOfDecisionsWhereOutputsAreEmpty(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["": 13]>
net (float[N,2] x) => (int64[2,K] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}, float high = {1000000}>
{
   a = MatMul(x, w)
   h = Relu(a)
   s = MatMul(h, u)
   found = Greater(s, high)
   y = NonZero(found)
}`
	p := planned(t, text, 0, 2)
	if proof := p.prove(t); !proof.Passed || proof.MaxRelDiff > Tolerance {
		t.Errorf("a right cut: %+v", proof)
	}
	p.cut.Graph.SetConst(p.cut.Graph.Value("u"), graph.TensorOf([]float32{1, -2, 5, 6}, 2, 2))
	if proof := p.prove(t); proof.Passed || proof.MaxRelDiff <= Tolerance {
		t.Errorf("a wrong cut: %+v", proof)
	}
}

// Where outputs have another extent because decisions fell otherwise, decisions are compared too, not the outputs.
func TestProofOfDecisionsWhereOutputsDifferInExtent(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["": 13]>
net (float[N,2] x) => (int64[2,K] y) <float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}, float zero = {0}>
{
   a = MatMul(x, w)
   h = Relu(a)
   s = MatMul(h, u)
   found = Greater(s, zero)
   y = NonZero(found)
}`
	p := planned(t, text, 0, 2)
	p.feeds = map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 1, 2, 1}, 2, 2)}
	p.cut.Graph.SetConst(p.cut.Graph.Value("u"), graph.TensorOf([]float32{-1, -2, -5, -6}, 2, 2))
	if proof := p.prove(t); proof.Passed || proof.MaxRelDiff <= Tolerance {
		t.Errorf("a wrong cut: %+v", proof)
	}
}

// What cannot be compared is an error, which names the side that is to blame.
func TestProofErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(p *toProve)
		want   string
	}{
		{"inputs of another shape", func(p *toProve) {
			p.feeds = map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 1, 2}, 3, 1)}
		}, "the masked original: "},
		{"an unknown operator", func(p *toProve) { p.cut.Graph.Nodes[2].Op = "Unheard" }, "the cut model: "},
		{"outputs of another shape", func(p *toProve) {
			p.cut.Graph.SetConst(p.cut.Graph.Value("u"), graph.TensorOf([]float32{1, 2}, 2, 1))
		}, `output "y": want float[3 2], have float[3 1]`},
	} {
		p := planned(t, hidden, 1, 2)
		c.change(&p)
		proof, err := Cut(t.Context(), p.model, p.cut, p.analysis, p.plan, p.feeds, 1)
		if proof != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, have %v and %+v", c.name, c.want, err, proof)
		}
	}
}

// What is written is run as it is read back: it must be the same to the last bit.
func TestProofOfWhatIsWritten(t *testing.T) {
	p := planned(t, hidden, 1, 2)
	for _, c := range []struct {
		by   float32
		same bool
	}{{1, true}, {1 + 0x1p-23, false}} {
		read, _ := p.cut.Clone()
		v := read.Graph.Value("u")
		data := slices.Clone(graph.Data[float32](v.Const))
		for i := range data {
			data[i] *= c.by
		}
		read.Graph.SetConst(v, graph.TensorOf(data, 2, 2))
		if same, err := Written(t.Context(), read, p.cut, p.feeds, 1); err != nil || same != c.same {
			t.Errorf("weights times %v: want %v, have %v and %v", c.by, c.same, same, err)
		}
	}
	wrong := map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 1, 2}, 3, 1)}
	if same, err := Written(t.Context(), p.cut, p.cut, wrong, 1); same || err == nil || strings.HasPrefix(err.Error(), "the written file: ") {
		t.Errorf("inputs of another shape: %v and %v", same, err)
	}
	broken, _ := p.cut.Clone()
	broken.Graph.Nodes[1].Op = "Unheard"
	if same, err := Written(t.Context(), broken, p.cut, p.feeds, 1); same || err == nil || !strings.HasPrefix(err.Error(), "the written file: ") {
		t.Errorf("a file that cannot be run: %v and %v", same, err)
	}
}

// Two models have the same outputs up to the tolerance, on the samples given and on those made up where there are none.
func TestProofOfSameOutputs(t *testing.T) {
	p := planned(t, hidden, 1, 2)
	other, _ := p.cut.Clone()
	other.Graph.SetConst(other.Graph.Value("u"), graph.TensorOf([]float32{3, 4, 5, -6.06}, 2, 2))
	settings := stage.Settings{Threads: 1}
	for _, feeds := range []map[string]*graph.Tensor{p.feeds, nil} {
		if err := SameOutputs(t.Context(), p.cut, p.cut, feeds, 0, settings); err != nil {
			t.Error(err)
		}
		if err := SameOutputs(t.Context(), p.cut, other, feeds, 0.1, settings); err != nil {
			t.Error(err)
		}
		if err := SameOutputs(t.Context(), p.cut, other, feeds, 1e-4, settings); err == nil || !strings.Contains(err.Error(), "tolerance 0.0001") {
			t.Errorf("have %v", err)
		}
	}
	broken, _ := p.cut.Clone()
	broken.Graph.Nodes[1].Op = "Unheard"
	for _, pair := range [][2]*graph.Model{{p.cut, broken}, {broken, p.cut}} {
		if err := SameOutputs(t.Context(), pair[0], pair[1], p.feeds, 1, settings); err == nil || !strings.Contains(err.Error(), "Unheard") {
			t.Errorf("a model that cannot be run: have %v", err)
		}
	}
	p.cut.Graph.Inputs[0].Type.DType = graph.String
	if err := SameOutputs(t.Context(), p.cut, p.cut, nil, 1, settings); err == nil || !strings.Contains(err.Error(), "string") {
		t.Errorf("inputs that cannot be made up: have %v", err)
	}
}

// What is quantized is rounded, and a last bit, which sums in another order bring about, can be a whole step. The masked model here
// adds up 1,500 numbers and the cut one 600. A cut by the plan passes however that is rounded; one that kept another unit does not.
func TestProofOfAModelThatRounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	drawn := func(n int) []float32 {
		all := make([]float32, n)
		for i := range all {
			all[i] = float32(r.NormFloat64())
		}
		return all
	}
	const units, rows = 1500, 500
	kept := make([]int, 600)
	for i := range kept {
		kept[i] = 2*i + 1
	}
	p := planned(t, `<ir_version: 8, opset_import: ["": 13]>
net (float[N,2] x) => (uint8[N,1] y) <float[2,1500] w = {`+strings.Repeat("1,", 2*units-1)+`1}, float[1500,1] u = {`+strings.Repeat("1,", units-1)+`1}, float scale = {1}, uint8 zero = {128}>
{
   h = MatMul(x, w)
   s = MatMul(h, u)
   y = QuantizeLinear(s, scale, zero)
}`, kept...)
	w, u := drawn(2*units), drawn(units)
	set := func(m *graph.Model, units []int) {
		var a, b []float32
		for _, row := range [][]float32{w[:len(w)/2], w[len(w)/2:]} {
			for _, i := range units {
				a = append(a, row[i])
			}
		}
		for _, i := range units {
			b = append(b, u[i])
		}
		m.Graph.SetConst(m.Graph.Value("w"), graph.TensorOf(a, 2, len(units)))
		m.Graph.SetConst(m.Graph.Value("u"), graph.TensorOf(b, len(units), 1))
	}
	all := make([]int, units)
	for i := range all {
		all[i] = i
	}
	set(p.model, all)
	set(p.cut, kept)
	p.feeds = map[string]*graph.Tensor{"x": graph.TensorOf(drawn(2*rows), rows, 2)}
	if proof := p.prove(t); !proof.Passed {
		t.Errorf("a right cut: %+v", proof)
	}
	kept[5]--
	set(p.cut, kept)
	if proof := p.prove(t); proof.Passed {
		t.Errorf("a wrong cut: %+v", proof)
	}
}

// A model rounds where an operator of it quantizes.
func TestProofOfModelsThatRound(t *testing.T) {
	for _, c := range []struct {
		node   string
		rounds bool
	}{
		{"y = Relu(x)", false},
		{"y = com.example.Own(x)", false},
		{"y, s, z = DynamicQuantizeLinear(x)", true},
		{"h = Relu(x) y, s, z = DynamicQuantizeLinear(h)", true},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13, "com.example": 1]> g (float[2] x) => (y) { ` + c.node + ` }`)
		if err != nil {
			t.Fatal(err)
		}
		if have := rounds(m); have != c.rounds {
			t.Errorf("%s: want %v, have %v", c.node, c.rounds, have)
		}
	}
}
