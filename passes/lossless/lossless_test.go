package lossless_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/lossless"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

// plant changes the contents of an initializer, given row by row along an axis.
type plant func(t *testing.T, m *graph.Model)

// rows lets f change the slices along an axis of a weight.
func rows(name string, axis int, f func(at func(i int) []*float32)) plant {
	return func(t *testing.T, m *graph.Model) {
		c := m.Graph.Value(name).Const
		data := slices.Clone(graph.Data[float32](c))
		inner := 1
		for _, d := range c.Shape()[axis+1:] {
			inner *= d
		}
		f(func(i int) []*float32 {
			var out []*float32
			for k := range data {
				if k/inner%c.Shape()[axis] == i {
					out = append(out, &data[k])
				}
			}
			return out
		})
		m.Graph.SetConst(m.Graph.Value(name), graph.TensorOf(data, c.Shape()...))
	}
}

// fill makes slice i of a weight hold v.
func fill(name string, axis, i int, v float32) plant {
	return rows(name, axis, func(at func(int) []*float32) {
		for _, x := range at(i) {
			*x = v
		}
	})
}

// same makes slice i of a weight k times slice j.
func same(name string, axis, i, j int, k float32) plant {
	return rows(name, axis, func(at func(int) []*float32) {
		to, from := at(i), at(j)
		for n := range to {
			*to[n] = k * *from[n]
		}
	})
}

// combined makes slice i the sum of 2 times slice j and -0.5 times slice k.
func combined(name string, axis, i, j, k int) plant {
	return rows(name, axis, func(at func(int) []*float32) {
		to, a, b := at(i), at(j), at(k)
		for n := range to {
			*to[n] = 2**a[n] - 0.5**b[n]
		}
	})
}

// model parses a network, makes inputs that begin with w_ random weights and plants.
func model(t *testing.T, text string, plants ...plant) *graph.Model {
	t.Helper()
	if !strings.HasPrefix(text, "<") {
		text = "<ir_version: 8, opset_import: [\"\" : 17]>\n" + text
	}
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 7))
	g := m.Graph
	for _, v := range slices.Clone(g.Inputs) {
		if !strings.HasPrefix(v.Name, "w_") {
			continue
		}
		g.Inputs = slices.DeleteFunc(g.Inputs, func(w *graph.Value) bool { return w == v })
		dims, _ := v.Type.Shape.Ints()
		w := graph.NewTensor(graph.Float32, dims...)
		data := slices.Clone(graph.Data[float32](w))
		for i := range data {
			data[i] = float32(r.NormFloat64()) / 3
		}
		g.SetConst(v, graph.TensorOf(data, dims...))
	}
	for _, p := range plants {
		p(t, m)
	}
	if err := op.InferGraph(g); err != nil {
		t.Fatal(err)
	}
	return m
}

// reduce removes until nothing goes and counts the findings by kind; outputs must stay what they are.
func reduce(t *testing.T, m *graph.Model) (counts map[lossless.Kind]int, out *graph.Model) {
	t.Helper()
	counts = map[lossless.Kind]int{}
	out, _ = m.Clone()
	for range 20 {
		a, err := group.Find(out)
		if err != nil {
			t.Fatal(err)
		}
		plan, found := lossless.Reduce(out, a)
		for _, f := range found {
			counts[f.Kind]++
		}
		if len(found) == 0 {
			break
		}
		if out, err = surgery.Cut(out, a, plan); err != nil {
			t.Fatal(err)
		}
	}
	feeds := fixtures.Feeds(m, 3)
	want, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, feeds)
	if err != nil {
		t.Fatal(err)
	}
	have, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), out, feeds)
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		x, _ := graph.Floats(w)
		y, _ := graph.Floats(have[name])
		largest, most := 0.0, 0.0
		for i := range x {
			largest, most = max(largest, math.Abs(x[i])), max(most, math.Abs(x[i]-y[i]))
		}
		if len(x) != len(y) || !(most <= 1e-5*largest) {
			t.Errorf("output %s moved by %g of %g", name, most, largest)
		}
	}
	return counts, out
}

const plain = `net (float[N,3,7,7] x, float[8,3,3,3] w_1, float[8] w_b, float[5,8,3,3] w_2, float[5] w_c) => (float[N,5,%d,%d] y)
{ a = Conv<pads = [1, 1, 1, 1]>(x, w_1, w_b)  r = %s(a)  y = Conv%s(r, w_2, w_c) }`

func chain(act string, padded bool) string {
	if padded {
		return fmt.Sprintf(plain, 7, 7, act, "<pads = [1, 1, 1, 1]>")
	}
	return fmt.Sprintf(plain, 5, 5, act, "")
}

const residual = `net (float[N,3,6,6] x, float[8,3,3,3] w_1, float[8] w_b1, float[12,8,3,3] w_2, float[8,12,3,3] w_3, float[8] w_b3, float[5,8,6,6] w_4) => (float[N,5,1,1] y)
{ a = Conv<pads = [1, 1, 1, 1]>(x, w_1, w_b1)  r = %s(a)  h = Conv<pads = [1, 1, 1, 1]>(r, w_2)  k = Relu(h)
  l = Conv<pads = [1, 1, 1, 1]>(k, w_3, w_b3)  s = Add(r, l)  z = %s(s)  y = Conv(z, w_4) }`

const depthwise = `net (float[N,3,6,6] x, float[8,3,1,1] w_1, float[8] w_b1, float[8,1,3,3] w_2, float[8] w_b2, float[5,8,1,1] w_3) => (float[N,5,6,6] y)
{ a = Conv(x, w_1, w_b1)  r = Relu(a)  h = Conv<group = 8, pads = [1, 1, 1, 1]>(r, w_2, w_b2)  k = Relu(h)  y = Conv(k, w_3) }`

const concat = `net (float[N,3,6,6] x, float[4,3,3,3] w_1, float[4] w_b1, float[5,3,3,3] w_2, float[5] w_b2, float[5,9,1,1] w_3) => (float[N,5,4,4] y)
{ a = Conv(x, w_1, w_b1)  b = Conv(x, w_2, w_b2)  c = Concat<axis = 1>(a, b)  r = Relu(c)  y = Conv(r, w_3) }`

const mlp = `net (float[N,4,6] x, float[6,10] w_1, float[10] w_b1, float[10,6] w_2, float[6] w_b2) => (float[N,4,6] y)
{ a = MatMul(x, w_1)  b = Add(a, w_b1)  g = Erf(b)  c = MatMul(g, w_2)  y = Add(c, w_b2) }`

const heads = `net (float[N,5,8] x, float[8,12] w_q, float[8,12] w_k, float[8,12] w_v, float[12,8] w_o) => (float[N,5,8] y)
<int64[4] shape = {0, 0, 3, 4}, int64[3] back = {0, 0, 12}>
{ q = MatMul(x, w_q)  k = MatMul(x, w_k)  v = MatMul(x, w_v)
  q4 = Reshape(q, shape)  k4 = Reshape(k, shape)  v4 = Reshape(v, shape)
  qh = Transpose<perm = [0, 2, 1, 3]>(q4)  kh = Transpose<perm = [0, 2, 3, 1]>(k4)  vh = Transpose<perm = [0, 2, 1, 3]>(v4)
  s = MatMul(qh, kh)  p = Softmax<axis = -1>(s)  o = MatMul(p, vh)
  ot = Transpose<perm = [0, 2, 1, 3]>(o)  oc = Reshape(ot, back)  y = MatMul(oc, w_o) }`

const normalised = `net (float[N,2] x, float[2,6] w_1, float[6] w_s, float[6] w_b, float[6,2] w_2) => (float[N,2] y)
{ h = MatMul(x, w_1)  s = LayerNormalization(h, w_s, w_b)  y = MatMul(s, w_2) }`

const pooled = `net (float[N,1,8,8] x, float[6,1,3,3] w_1, float[6] w_b, float[54,4] w_2, float[4] w_c) => (float[N,4] y)
{ a = Conv(x, w_1, w_b)  r = Relu(a)  p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(r)  f = Flatten(p)  y = Gemm(f, w_2, w_c) }`

const pads = `net (float[N,3,6,6] x, float[8,3,3,3] w_1, float[8] w_b, float[5,8,3,3] w_2) => (float[N,5,9,9] y)
<int64[8] pads = {0, 0, 1, 1, 0, 0, 2, 2}, float[4] scales = {1.0, 1.0, 2.0, 2.0}, float[0] roi = {}>
{ a = Conv(x, w_1, w_b)  r = Relu(a)  u = Resize<mode = "linear">(r, roi, scales)  p = Pad(u, pads)  y = Conv(p, w_2) }`

const recurrent = `net (float[5,N,3] x, float[1,16,3] w_1, float[1,16,4] w_r, float[4] w_s, float[4,2] w_2) => (float[5,1,N,2] y)
{ h = LSTM(x, w_1, w_r)  s = Mul(h, w_s)  y = MatMul(s, w_2) }`

// head makes head i of a projection the same as head j.
func head(name string, i, j int) plant {
	return func(t *testing.T, m *graph.Model) {
		for d := range 4 {
			same(name, 1, 4*i+d, 4*j+d, 1)(t, m)
		}
	}
}

type counts = map[lossless.Kind]int

func TestPlantedUnitsGoAndOutputsStay(t *testing.T) {
	never := []plant{fill("w_1", 0, 2, 0), fill("w_b", 0, 2, -1)}
	always := []plant{fill("w_1", 0, 2, 0), fill("w_b", 0, 2, 1)}
	double := []plant{same("w_1", 0, 5, 1, 1), same("w_b", 0, 5, 1, 1)}
	scaled := []plant{same("w_1", 0, 5, 1, 0.3), same("w_b", 0, 5, 1, 0.3)}
	turned := []plant{same("w_1", 0, 5, 1, -0.3), same("w_b", 0, 5, 1, -0.3)}
	mixed := []plant{combined("w_1", 0, 5, 1, 2), combined("w_b", 0, 5, 1, 2)}
	stream := []plant{fill("w_1", 0, 2, 0), fill("w_b1", 0, 2, 0), fill("w_3", 0, 2, 0), fill("w_b3", 0, 2, 0)}
	for _, c := range []struct {
		name, text string
		plants     []plant
		want       counts
	}{
		{"nothing to find", chain("Relu", true), nil, counts{}},
		{"dead", chain("Relu", true), never, counts{lossless.Dead: 1}},
		{"constant", chain("Relu", false), always, counts{lossless.Constant: 1}},
		{"constant before padding stays", chain("Relu", true), always, counts{}},
		{"two constants before padding become one", chain("Relu", true), append(always[:2:2], fill("w_1", 0, 4, 0), fill("w_b", 0, 4, 3)), counts{lossless.Duplicate: 1}},
		{"sigmoid of zero is a constant", chain("Sigmoid", false), []plant{fill("w_1", 0, 2, 0)}, counts{lossless.Constant: 1}},
		{"duplicate", chain("Sigmoid", true), double, counts{lossless.Duplicate: 1}},
		{"scaled duplicate behind Relu", chain("Relu", true), scaled, counts{lossless.Duplicate: 1}},
		{"scaled duplicate behind Sigmoid stays", chain("Sigmoid", true), scaled, counts{}},
		{"negative duplicate behind Relu stays", chain("Relu", true), turned, counts{}},
		{"negative duplicate", chain("Identity", true), turned, counts{lossless.Duplicate: 1}},
		{"combination", chain("Identity", true), mixed, counts{lossless.Combination: 1}},
		{"combination behind Relu stays", chain("Relu", true), mixed, counts{}},
		{"combination but for the bias", chain("Identity", false), mixed[:1], counts{lossless.Combination: 1}},
		{"combination but for the bias before padding stays", chain("Identity", true), mixed[:1], counts{}},
		{"dead in a residual stream", fmt.Sprintf(residual, "Relu", "Relu"), stream, counts{lossless.Dead: 1}},
		{"duplicate in a residual stream", fmt.Sprintf(residual, "Relu", "Relu"), []plant{same("w_1", 0, 5, 1, 2), same("w_b1", 0, 5, 1, 2), same("w_3", 0, 5, 1, 2), same("w_b3", 0, 5, 1, 2)}, counts{lossless.Duplicate: 1}},
		{"duplicate in one branch of a residual stream stays", fmt.Sprintf(residual, "Relu", "Relu"), []plant{same("w_1", 0, 5, 1, 2), same("w_b1", 0, 5, 1, 2)}, counts{}},
		{"combination in a residual stream", fmt.Sprintf(residual, "Identity", "Identity"), []plant{combined("w_1", 0, 5, 1, 2), combined("w_b1", 0, 5, 1, 2), combined("w_3", 0, 5, 1, 2), combined("w_b3", 0, 5, 1, 2)}, counts{lossless.Combination: 1}},
		{"duplicate through depthwise", depthwise, []plant{same("w_1", 0, 5, 1, 2), same("w_b1", 0, 5, 1, 2), same("w_2", 0, 5, 1, 1), same("w_b2", 0, 5, 1, 2)}, counts{lossless.Duplicate: 1}},
		{"dead behind depthwise", depthwise, []plant{fill("w_2", 0, 3, 0), fill("w_b2", 0, 3, -1)}, counts{lossless.Dead: 1}},
		{"duplicate before other depthwise kernels stays", depthwise, []plant{same("w_1", 0, 5, 1, 2), same("w_b1", 0, 5, 1, 2)}, counts{}},
		{"dead and duplicate in Concat", concat, []plant{same("w_1", 0, 3, 1, 1), same("w_b1", 0, 3, 1, 1), fill("w_2", 0, 3, 0), fill("w_b2", 0, 3, -1)}, counts{lossless.Dead: 1, lossless.Duplicate: 1}},
		{"neurons", mlp, []plant{fill("w_1", 1, 3, 0), same("w_1", 1, 7, 4, 1), same("w_b1", 0, 7, 4, 1)}, counts{lossless.Constant: 1, lossless.Duplicate: 1}},
		{"dead head", heads, []plant{fill("w_v", 1, 4, 0), fill("w_v", 1, 5, 0), fill("w_v", 1, 6, 0), fill("w_v", 1, 7, 0)}, counts{lossless.Dead: 1}},
		{"equal heads", heads, []plant{head("w_q", 2, 0), head("w_k", 2, 0), head("w_v", 2, 0)}, counts{lossless.Duplicate: 1}},
		{"heads of equal values only stay", heads, []plant{head("w_v", 2, 0)}, counts{}},
		{"dead head dimension of queries", heads, []plant{fill("w_q", 1, 1, 0), fill("w_q", 1, 5, 0), fill("w_q", 1, 9, 0)}, counts{lossless.Dead: 1}},
		{"dead unit under LayerNormalization stays", normalised, []plant{fill("w_1", 1, 2, 0)}, counts{}},
		{"unit of a recurrence that only its own next step reads stays", recurrent, []plant{fill("w_s", 0, 2, 0)}, counts{}},
		{"dead and duplicate before Resize and Pad", pads, append(append([]plant{}, never...), scaled...), counts{lossless.Dead: 1, lossless.Duplicate: 1}},
		{"constant before Pad stays", pads, always, counts{}},
		{"duplicate before pooling and Flatten", pooled, []plant{same("w_1", 0, 5, 1, 2), same("w_b", 0, 5, 1, 2), fill("w_1", 0, 2, 0), fill("w_b", 0, 2, -1)}, counts{lossless.Dead: 1, lossless.Duplicate: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			have, _ := reduce(t, model(t, c.text, c.plants...))
			if fmt.Sprint(have) != fmt.Sprint(c.want) {
				t.Errorf("have %v, want %v", have, c.want)
			}
		})
	}
}
