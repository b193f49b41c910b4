package surgery_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

// analysed is a model in the text form whose inputs that begin with w_ are weights drawn at random, and its groups.
func analysed(t *testing.T, text string) (*graph.Model, *group.Analysis) {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for _, v := range slices.Clone(m.Graph.Inputs) {
		if strings.HasPrefix(v.Name, "w_") {
			m.Graph.Inputs = slices.DeleteFunc(m.Graph.Inputs, func(w *graph.Value) bool { return w == v })
			dims, _ := v.Type.Shape.Ints()
			m.Graph.SetConst(v, random(r, dims...))
		}
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	return m, a
}

func random(r *rand.Rand, dims ...int) *graph.Tensor {
	t := graph.NewTensor(graph.Float32, dims...)
	for i := range graph.Data[float32](t) {
		graph.Data[float32](t)[i] = float32(r.NormFloat64())
	}
	return t
}

// folded is attention of 6 heads of 4 over 5 tokens. The batch, which is known at run time only, is folded into the axis of heads, as
// PyTorch's MultiheadAttention does it: that axis has N times 6 positions, of which one of each six goes with a head.
const folded = `<ir_version: 8, opset_import: ["" : 13]>
attention (float[5,N,8] x, float[8,24] w_q, float[8,24] w_k, float[8,24] w_v, float[24,8] w_o) => (float[5,N,8] y) <int64[3] apart = {5, -1, 4}, int64[3] together = {5, -1, 24}>
{
   q = MatMul(x, w_q)
   k = MatMul(x, w_k)
   v = MatMul(x, w_v)
   q3 = Reshape(q, apart)
   k3 = Reshape(k, apart)
   v3 = Reshape(v, apart)
   qh = Transpose<perm = [1, 0, 2]>(q3)
   kh = Transpose<perm = [1, 2, 0]>(k3)
   vh = Transpose<perm = [1, 0, 2]>(v3)
   s = MatMul(qh, kh)
   p = Softmax<axis = -1>(s)
   o = MatMul(p, vh)
   ot = Transpose<perm = [1, 0, 2]>(o)
   o3 = Reshape(ot, together)
   y = MatMul(o3, w_o)
}`

// prove fails where cut and masked model differ, and gives the masked one.
func prove(t *testing.T, m *graph.Model, a *group.Analysis, p *group.Plan, feeds map[string]*graph.Tensor) *graph.Model {
	t.Helper()
	cut, err := surgery.Cut(m, a, p)
	if err != nil {
		t.Fatal(err)
	}
	masked, err := surgery.Mask(m, a, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := masked.Check(); err != nil {
		t.Fatal(err)
	}
	want, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), masked, feeds)
	if err != nil {
		t.Fatal(err)
	}
	have, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), cut, feeds)
	if err != nil {
		t.Fatal(err)
	}
	for name := range want {
		if abs, _, err := runtime.Diff(have[name], want[name]); err != nil || abs > 1e-4 {
			t.Errorf("%s: cut and mask differ by %g (%v)", name, abs, err)
		}
	}
	return masked
}

func TestCutIsMaskWhereTheBatchIsFoldedIntoHeads(t *testing.T) {
	m, a := analysed(t, folded)
	feeds := map[string]*graph.Tensor{"x": random(rand.New(rand.NewPCG(2, 1)), 5, 3, 8)}
	if len(a.Groups) < 3 {
		t.Fatalf("%d groups", len(a.Groups))
	}
	for i, g := range a.Groups {
		for _, kept := range [][]int{{0}, {1, 3}, {0, 2, 3}} {
			if kept[len(kept)-1] < g.Units {
				prove(t, m, a, &group.Plan{Kept: map[*group.Group][]int{g: kept, a.Groups[(i+1)%3]: {1, 2}}}, feeds)
			}
		}
	}
}

// On its own the mask zeroes what is read of a removed head for every sample: every reader sees zeroes there, and what is kept as it was.
func TestTheMaskZeroesARemovedHeadOfEverySample(t *testing.T) {
	m, a := analysed(t, folded)
	masked, err := surgery.Mask(m, a, &group.Plan{Kept: map[*group.Group][]int{a.Groups[0]: {0, 1, 2, 4}}})
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]*graph.Value{}
	for i, n := range masked.Graph.Nodes { // what the Transpose of q reads
		if n.Out(0).Name == "qh" {
			read["qh"] = masked.Graph.Nodes[i].In(0)
		}
	}
	if read["qh"] == masked.Graph.Value("q3") {
		t.Fatal("q3 is read as it is")
	}
	masked.Graph.Outputs = append(masked.Graph.Outputs, read["qh"], masked.Graph.Value("q3"))
	out, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), masked, map[string]*graph.Tensor{"x": random(rand.New(rand.NewPCG(2, 1)), 5, 3, 8)})
	if err != nil {
		t.Fatal(err)
	}
	was, seen := graph.Data[float32](out["q3"]), graph.Data[float32](out[read["qh"].Name])
	for i, x := range seen { // 5 tokens, 3 samples times 6 heads, 4
		head := i / 4 % 6
		if gone := head == 3 || head == 5; gone && x != 0 || !gone && (x != was[i] || x == 0) {
			t.Fatalf("position %d, of head %d: %v, read as %v", i, head, was[i], x)
		}
	}
}

// A statistic over positions that are cut is made over those that stay: zeroes would count. Here the axis is the middle one, so
// that it is picked and put back among others.
func TestCutIsMaskBehindAStatistic(t *testing.T) {
	for _, text := range []string{`<ir_version: 8, opset_import: ["" : 13]>
mean (float[2,5] x, float[5,6] w_1, float[6,3] w_2) => (float[2,3] y)
{
   h = MatMul(x, w_1)
   m = ReduceMean<axes = [1]>(h)
   c = Sub(h, m)
   y = MatMul(c, w_2)
}`, `<ir_version: 8, opset_import: ["" : 13]>
soft (float[2,3,4] x, float[6,3,1] w_1, float[2,6,1] w_2) => (float[2,2,4] y)
{
   h = Conv(x, w_1)
   s = Softmax<axis = 1>(h)
   y = Conv(s, w_2)
}`, `<ir_version: 8, opset_import: ["" : 18]>
grouped (float[2,3,4] x, float[6,3,1] w_1, float[6] w_g, float[6] w_b, float[2,6,1] w_2) => (float[2,2,4] y)
{
   h = Conv(x, w_1)
   s = InstanceNormalization(h, w_g, w_b)
   l = LpNormalization<axis = 1>(s)
   y = Conv(l, w_2)
}`} {
		m, a := analysed(t, text)
		if len(a.Groups) != 1 {
			t.Fatalf("%s: %d groups", m.Graph.Name, len(a.Groups))
		}
		x := m.Graph.Inputs[0]
		dims, _ := x.Type.Shape.Ints()
		feeds := map[string]*graph.Tensor{"x": random(rand.New(rand.NewPCG(2, 1)), dims...)}
		for _, kept := range [][]int{{0}, {1, 2, 5}, {5}, {0, 1, 2, 3, 4}} {
			prove(t, m, a, &group.Plan{Kept: map[*group.Group][]int{a.Groups[0]: kept}}, feeds)
		}
	}
}

// Constants of less than 64 MiB are masked as they are; what is computed is when it is read.
func TestConstantsAreMaskedAsTheyAre(t *testing.T) {
	m, a := analysed(t, `<ir_version: 8, opset_import: ["" : 13]>
g (float[1,2] x, float[2,3] w_1, float[3,2] w_2) => (float[1,2] y) { h = MatMul(x, w_1)  y = MatMul(h, w_2) }`)
	p := &group.Plan{Kept: map[*group.Group][]int{a.Groups[0]: {0, 2}}}
	masked := prove(t, m, a, p, map[string]*graph.Tensor{"x": random(rand.New(rand.NewPCG(2, 1)), 1, 2)})
	for _, name := range []string{"w_1", "w_2"} {
		have, was := graph.Data[float32](masked.Graph.Value(name).Const), graph.Data[float32](m.Graph.Value(name).Const)
		gone := map[string][]int{"w_1": {1, 4}, "w_2": {2, 3}}[name]
		for i := range have {
			if want := was[i]; slices.Contains(gone, i) && have[i] != 0 || !slices.Contains(gone, i) && have[i] != want {
				t.Errorf("%s: have %v of %v", name, have, was)
				break
			}
		}
	}
	for _, n := range masked.Graph.Nodes {
		if n.Op == "Where" && (n.In(1).Name != "h" || n.Out(0).Type.Shape == nil) {
			t.Errorf("%s masks %s, a %v", n.Label(), n.In(1).Name, n.Out(0).Type)
		}
	}
}
