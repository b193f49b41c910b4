package recovery

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
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

// weighted is a network in text form whose inputs that begin with w_ are random weights.
func weighted(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	g := m.Graph
	for _, v := range slices.Clone(g.Inputs) {
		if !strings.HasPrefix(v.Name, "w_") {
			continue
		}
		g.Inputs = slices.DeleteFunc(g.Inputs, func(w *graph.Value) bool { return w == v })
		dims, _ := v.Type.Shape.Ints()
		n := 1
		for _, d := range dims {
			n *= d
		}
		w := normal(r, n)
		for i := range w {
			w[i] *= math.Sqrt(float64(max(1, dims[0])) / float64(n))
		}
		g.SetConst(v, constant(w, dims...))
	}
	return m
}

// constant makes a float32 tensor.
func constant(v []float64, shape ...int) *graph.Tensor {
	t, _ := graph.FromFloats(graph.Float32, v, shape...)
	return t
}

// feedsOf makes batches of random inputs.
func feedsOf(m *graph.Model, batches, samples int, seed uint64) passes.Held {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make(passes.Held, batches)
	for b := range out {
		out[b] = map[string]*graph.Tensor{}
		for _, v := range m.Graph.Inputs {
			dims := make([]int, len(v.Type.Shape))
			n := 1
			for i, d := range v.Type.Shape {
				if e, known := d.Value(); known {
					dims[i] = e
				} else {
					dims[i] = samples
				}
				n *= dims[i]
			}
			var float bool
			if out[b][v.Name], float = graph.FromFloats(v.Type.DType, normal(r, n), dims...); !float {
				out[b][v.Name] = fixtures.Feeds(m, samples)[v.Name]
			}
		}
	}
	return out
}

// halved cuts the first half of the units of every group off.
func halved(t *testing.T, m *graph.Model) Input {
	t.Helper()
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	p := &group.Plan{Kept: map[*group.Group][]int{}}
	for _, g := range a.Groups {
		for u := g.Units / 2; u < g.Units; u++ {
			p.Kept[g] = append(p.Kept[g], u)
		}
	}
	c, err := surgery.Cut(m, a, p)
	if err != nil {
		t.Fatal(err)
	}
	return Input{Original: m, Cut: c, Analysis: a, Plan: p, Stepper: runtime.NewStepper(1), Threads: 1}
}

// distance is the energy of the outputs' difference over that of the original's.
func distance(t *testing.T, a, b *graph.Model, feeds []map[string]*graph.Tensor) float64 {
	t.Helper()
	apart, energy := 0.0, 0.0
	for _, f := range feeds {
		x, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), a, f)
		if err != nil {
			t.Fatal(err)
		}
		y, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), b, f)
		if err != nil {
			t.Fatal(err)
		}
		for name := range x {
			v, w := linear.Floats(x[name]), linear.Floats(y[name])
			for i := range v {
				apart += (v[i] - w[i]) * (v[i] - w[i])
				energy += v[i] * v[i]
			}
		}
	}
	return apart / energy
}

// networks are small ones whose cut is lossy.
var networks = map[string]string{
	"residual": `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,3,7,7] x, float[8,3,3,3] w_1, float[8] w_b1, float[12,8,3,3] w_2, float[8,12,3,3] w_3, float[8] w_b3, float[5,8,7,7] w_4) => (float[N,5,1,1] y)
{
   a = Conv<pads = [1, 1, 1, 1]>(x, w_1, w_b1)
   r = Relu(a)
   h = Conv<pads = [1, 1, 1, 1]>(r, w_2)
   k = Relu(h)
   l = Conv<pads = [1, 1, 1, 1]>(k, w_3, w_b3)
   s = Add(r, l)
   z = Relu(s)
   y = Conv(z, w_4)
}`,
	"depthwise and grouped": `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,2,9,9] x, float[12,2,1,1] w_1, float[12,1,3,3] w_2, float[12,4,2,2] w_3, float[4,12,3,3] w_4) => (float[N,4,2,2] y)
{
   a = Conv(x, w_1)
   b = Relu(a)
   c = Conv<group = 12, strides = [2, 2], pads = [1, 1, 1, 1]>(b, w_2)
   d = Relu(c)
   e = Conv<group = 3>(d, w_3)
   f = Relu(e)
   y = Conv(f, w_4)
}`,
	"matrices": `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,6,4] x, float[4,10] w_1, float[10] w_b1, float[10,4] w_2, float[4] w_b2, float[24,16] w_3, float[7,16] w_4) => (float[N,7] y)
{
   a = MatMul(x, w_1)
   b = Add(w_b1, a)
   c = Relu(b)
   d = MatMul(c, w_2)
   e = Add(d, w_b2)
   f = Add(e, x)
   g = Flatten(f)
   h = Gemm(g, w_3)
   i = Relu(h)
   y = Gemm<transB = 1, alpha = 0.5>(i, w_4)
}`,
	"up and down": `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,3,9,8] x, float[8,3,3,3] w_1, float[8] w_b1, float[12,8,3,3] w_2, float[12,4,3,2] w_3, float[8] w_b3, float[8,6,3,3] w_4, float[5,14,1,1] w_5) => (float[N,5,9,8] y)
{
   a = Conv<pads = [1, 1, 1, 1]>(x, w_1, w_b1)
   r = Relu(a)
   d = Conv<pads = [1, 1, 1, 1], strides = [2, 2]>(r, w_2)
   e = Relu(d)
   u = ConvTranspose<group = 2, strides = [2, 2], pads = [1, 0, 1, 0]>(e, w_3, w_b3)
   v = Relu(u)
   o = ConvTranspose<strides = [1, 1], pads = [1, 1, 1, 1]>(v, w_4)
   s = Concat<axis = 1>(r, o)
   y = Conv(s, w_5)
}`,
	"normalised": `<ir_version: 8, opset_import: ["" : 17]>
net (float[N,6,5] x, float[5,12] w_1, float[12] w_b1, float[12] w_g, float[12] w_b, float[12,8] w_2, float[8] w_b2, float[8] w_g2, float[8] w_c2, float[8,3] w_3) => (float[N,6,3] y)
{
   h = MatMul(x, w_1)
   b = Add(h, w_b1)
   l = LayerNormalization(b, w_g, w_b)
   r = Relu(l)
   k = MatMul(r, w_2)
   t = Add(k, w_b2)
   mean = ReduceMean<axes = [-1]>(t)
   less = Sub(t, mean)
   square = Mul(less, less)
   variance = ReduceMean<axes = [-1]>(square)
   deviation = Sqrt(variance)
   n = Div(less, deviation)
   m = Mul(w_g2, n)
   c = Add(m, w_c2)
   q = Relu(c)
   y = MatMul(q, w_3)
}`,
}

// On inputs that no repair has seen the repaired network is nearer to the original.
func TestRepairBringsTheOutputsBack(t *testing.T) {
	for name, text := range networks {
		t.Run(name, func(t *testing.T) {
			m := weighted(t, text)
			fresh := feedsOf(m, 1, 60, 99)
			var left [5]float64
			in := halved(t, m)
			left[0] = distance(t, in.Original, in.Cut, fresh)
			for i, method := range []string{"bias", "leastsquares", "merge", "variance"} {
				in := halved(t, m)
				in.Feeds = feedsOf(m, 10, 40, 1)
				f, err := Lookup(method)
				if err != nil {
					t.Fatal(err)
				}
				repairs, err := f.Apply(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				if err := in.Cut.Check(); err != nil {
					t.Fatal(err)
				}
				for _, r := range repairs {
					if r.Taken != (r.After < r.Before) {
						t.Errorf("%s: %+v", method, r)
					}
				}
				left[i+1] = distance(t, in.Original, in.Cut, fresh)
			}
			t.Logf("distance to the original: cut %.4f, bias %.4f, least squares %.4f, merge %.4f, variance %.4f", left[0], left[1], left[2], left[3], left[4])
			if !(left[1] <= left[0] && left[2] < 0.97*left[1] && left[3] < 0.97*left[0] && left[4] <= left[0]) {
				t.Errorf("cut %.4f, bias %.4f, least squares %.4f, merge %.4f, variance %.4f", left[0], left[1], left[2], left[3], left[4])
			}
		})
	}
}

// Every fixture that can be cut can be repaired, or is left as it is; no error rises.
func TestNoFixtureGetsWorse(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	repaired := map[string]int{}
	for _, o := range all {
		if _, err := group.Find(o.Model); err != nil || o.Groups == "none" {
			continue
		}
		t.Run(o.Name, func(t *testing.T) {
			for _, m := range All() {
				in := halved(t, o.Model)
				if len(in.Plan.Kept) == 0 {
					return
				}
				in.Feeds = feedsOf(o.Model, 5, 7, 3)
				repairs, err := m.Apply(t.Context(), in)
				if err != nil {
					t.Fatalf("%s: %v", m.Name, err)
				}
				for _, r := range repairs {
					if r.After > r.Before || r.Taken && r.After == r.Before {
						t.Errorf("%s: %+v", m.Name, r)
					}
					if r.Taken {
						repaired[m.Name]++
					}
				}
				if err := in.Cut.Check(); err != nil {
					t.Errorf("%s: %v", m.Name, err)
				}
			}
		})
	}
	t.Log(repaired)
	for _, m := range All() {
		if repaired[m.Name] < 20 {
			t.Errorf("%s: %d nodes were repaired", m.Name, repaired[m.Name])
		}
	}
}

// What is a linear combination of what is left is restored exactly: the channels that
// are cut are twice others.
func TestRedundantChannelsAreRestoredExactly(t *testing.T) {
	for _, consumer := range []string{
		`float[5,8,3,3] w_2, float[5] w_b2) => (float[N,5,?,?] y) { h = Conv(x, w_1, w_b1) y = Conv(h, w_2, w_b2) }`,
		`float[8,5,3,3] w_2, float[5] w_b2) => (float[N,5,?,?] y) { h = Conv(x, w_1, w_b1)
   y = ConvTranspose<strides = [2, 2], pads = [1, 0, 1, 1], output_padding = [1, 0]>(h, w_2, w_b2) }`,
		`float[8,5,2,3] w_2) => (float[N,5,?,?] y) { h = Conv(x, w_1, w_b1)
   y = ConvTranspose<strides = [2, 3], dilations = [2, 1]>(h, w_2) }`,
	} {
		for _, name := range []string{"leastsquares", "merge"} {
			m := weighted(t, `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,4,6,6] x, float[8,4,3,3] w_1, float[8] w_b1, `+consumer)
			for i, per := range map[int]int{1: 36, 2: 1} { // channel c is twice channel c+4, weights and bias
				n := m.Graph.Nodes[0]
				w := linear.Floats(n.In(i).Const)
				for c := range 4 {
					for k := range per {
						w[c*per+k] = 2 * w[(c+4)*per+k]
					}
				}
				n.SetConstInput(i, constant(w, n.In(i).Const.Shape()...))
			}
			in := halved(t, m)
			in.Feeds = feedsOf(m, 10, 32, 1)
			fresh := feedsOf(m, 1, 20, 2)
			before := distance(t, in.Original, in.Cut, fresh)
			method, _ := Lookup(name)
			if _, err := method.Apply(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			if after := distance(t, in.Original, in.Cut, fresh); before < 0.1 || after > 1e-8 {
				t.Errorf("%s, %s: distance %g before, %g after", name, consumer, before, after)
			}
		}
	}
}

// Same inputs, same weights.
func TestRepairIsRepeatable(t *testing.T) {
	for name, text := range networks {
		for _, method := range All() {
			var first []float64
			for i := range 2 {
				in := halved(t, weighted(t, text))
				in.Feeds = feedsOf(in.Original, 4, 16, 1)
				in.Stepper, in.Threads = runtime.NewStepper(i+1), i+1
				if _, err := method.Apply(t.Context(), in); err != nil {
					t.Fatal(err)
				}
				all := weightsOf(in.Cut)
				if first == nil {
					first = all
				} else if !slices.Equal(first, all) {
					t.Errorf("%s, %s: off by %g", name, method.Name, apart(first, all))
				}
			}
		}
	}
}

// weightsOf is all floating-point initializers of m, one after the other.
func weightsOf(m *graph.Model) []float64 {
	var all []float64
	for _, v := range m.Graph.Initializers {
		if v.Const.DType().IsFloat() {
			all = append(all, linear.Floats(v.Const)...)
		}
	}
	return all
}

func TestMissingInputIsNamed(t *testing.T) {
	in := halved(t, weighted(t, networks["residual"]))
	in.Feeds = passes.Held{{}}
	method, _ := Lookup("bias")
	_, err := method.Apply(t.Context(), in)
	if want := `no calibration data for input "x"`; fmt.Sprint(err) != want {
		t.Errorf("have %v, want %s", err, want)
	}
	if _, err := Lookup("x"); err == nil {
		t.Error("an unknown method is found")
	}
}
