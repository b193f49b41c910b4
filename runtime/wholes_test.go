package runtime_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// quantizedModels compute with quantized numbers in all the ways that programs hold them in float32. R is
// replaced by the type of activations, and the sums of all stay below 2^24.
var quantizedModels = map[string]string{
	"qdq": `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,3,8,8] x) => (float[N,4] y, R[N,5,4,4] pooled)
   <float s = {0.04}, float t = {0.11}, R zero = {7}, R other = {3}, float[5,3,3,3] w = {135}, float[5] b = {5}, float[80,4] m = {320}>
{
   a = QuantizeLinear(x, s, zero)
   c = DequantizeLinear(a, s, zero)
   d = Conv<pads = [1, 1, 1, 1]>(c, w, b)
   e = Relu(d)
   f = QuantizeLinear(e, t, other)
   g = DequantizeLinear(f, t, other)
   p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(f)
   pooled = Identity(p)
   q = DequantizeLinear(p, t, other)
   r = Flatten(q)
   y = MatMul(r, m)
}`,
	"operators": `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,4,7,7] x) => (R[N,6,7,7] y, float[N,6] z)
   <float s = {0.04}, float t = {0.3}, float u = {0.5}, R zero = {7}, R other = {3}, int8[6,2,3,3] w = {108}, float[6] ws = {6}, int8[6] wz = {6},
    int8[6,1,3,3] v = {54}, int8 none = {0}, int32[6] bias = {6}, int8[6,6] m = {36}, float ms = {0.02}, int8 mz = {-2}>
{
   a = QuantizeLinear(x, s, zero)
   c = QLinearConv<pads = [1, 1, 1, 1], group = 2>(a, s, zero, w, ws, wz, t, other, bias)
   y = QLinearConv<pads = [1, 1, 1, 1], group = 6>(c, t, other, v, ms, none, u, zero)
   d = DequantizeLinear(y, u, zero)
   e = GlobalAveragePool(d)
   f = Flatten(e)
   h = QuantizeLinear(f, t, other)
   k = QLinearMatMul(h, t, other, m, ws, wz, u, zero)
   l = QLinearMatMul(k, u, zero, m, ms, mz, t, other)
   z = DequantizeLinear(l, t, other)
}`,
	"dynamic": `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,3,6,6] x) => (float[N,144] y, int32[N,4,6,6] sums, uint8[N,3,6,6] steps, uint8 at, float size)
   <int8[4,3,3,3] w = {108}, int8[4] wz = {4}, int8[144,144] m = {20736}, int8 none = {0}>
{
   steps, size, at = DynamicQuantizeLinear(x)
   sums = ConvInteger<pads = [1, 1, 1, 1]>(steps, w, at, wz)
   c = Cast<to = 1>(sums)
   d = Mul(c, size)
   e = Flatten(d)
   q, qs, qz = DynamicQuantizeLinear(e)
   i = MatMulInteger(q, m, qz, none)
   f = Cast<to = 1>(i)
   y = Mul(f, qs)
}`,
	"moved": `<ir_version: 8, opset_import: ["" : 17]>
g (R[N,4,6,6] x, float[N,4,6,6] v) => (float[N,180] y, R[N,9,4,5] z, float[N,4,6,6] same)
   <float s = {0.04}, float t = {0.3}, R zero = {7}, R other = {3}, int64[8] pads = {0, 1, 0, 0, 0, 0, 0, 1}, int64[1] from = {1}, int64[1] to = {5}, int64[1] axis = {2}>
{
   a = QuantizeLinear(v, s, zero)
   b = Concat<axis = 1>(a, x)
   c = Transpose<perm = [0, 1, 3, 2]>(b)
   d = Slice(c, from, to, axis)
   e = Pad(d, pads, other)
   z = Slice(e, from, to, axis)
   f = DequantizeLinear(e, s, zero)
   h = Flatten(z)
   y = DequantizeLinear(h, s, other)
   same = DequantizeLinear(a, t, other)
}`,
}

// filled replaces the number of elements in braces by as many numbers, for constants that have more than one.
func filled(text, dtype string) string {
	rng := rand.New(rand.NewPCG(3, 3))
	var out strings.Builder
	for line := range strings.Lines(strings.NewReplacer("R[", dtype+"[", "R ", dtype+" ").Replace(text)) {
		for {
			open := strings.Index(line, "= {")
			if open < 0 {
				break
			}
			var n int
			end := open + strings.Index(line[open:], "}")
			if _, err := fmt.Sscan(line[open+3:end], &n); err != nil || n < 4 || strings.Contains(line[open:end], ".") || strings.Contains(line[:open], "int64") {
				out.WriteString(line[:end])
				line = line[end:]
				continue
			}
			words := strings.Fields(line[:open])
			kind := words[len(words)-2]
			if !strings.Contains(kind, "[") {
				out.WriteString(line[:end])
				line = line[end:]
				continue
			}
			v := make([]string, n)
			for i := range v {
				switch {
				case strings.Contains(kind, "float"):
					v[i] = fmt.Sprint(rng.Float32()*0.05 + 0.001)
				case strings.Contains(kind, "int32"):
					v[i] = fmt.Sprint(rng.IntN(4000) - 2000)
				default:
					v[i] = fmt.Sprint(rng.IntN(256) - 128)
				}
			}
			out.WriteString(line[:open+3] + strings.Join(v, ", "))
			line = line[end:]
		}
		out.WriteString(line)
	}
	return out.String()
}

func quantizedFeeds(g *graph.Graph, batch int) map[string]*graph.Tensor {
	rng := rand.New(rand.NewPCG(5, uint64(batch)))
	feeds := map[string]*graph.Tensor{}
	for _, v := range g.Inputs {
		if v.Const != nil {
			continue
		}
		dims := []int{batch}
		for _, d := range v.Type.Shape[1:] {
			k, _ := d.Value()
			dims = append(dims, k)
		}
		t := graph.NewTensor(v.Type.DType, dims...)
		if v.Type.DType == graph.Float32 {
			for i := range graph.Data[float32](t) {
				graph.Data[float32](t)[i] = float32(rng.NormFloat64()) * 3
			}
		} else {
			for i := range t.Raw() {
				t.Raw()[i] = byte(rng.IntN(256))
			}
		}
		feeds[v.Name] = t
	}
	return feeds
}

// Models of quantized numbers give the bits of the reference evaluation wherever integers are computed or read,
// run by kernels, and their taps show what the model stores.
func TestQuantizedNumbersAreExact(t *testing.T) {
	for name, text := range quantizedModels {
		for _, dtype := range []string{"uint8", "int8"} {
			t.Run(name+" "+dtype, func(t *testing.T) {
				m, err := graph.Parse(filled(text, dtype))
				if err != nil {
					t.Fatal(err)
				}
				reference, err := runtime.Compile(m, runtime.Options{Reference: true, Taps: computedValues(m.Graph)})
				if err != nil {
					t.Fatal(err)
				}
				for _, taps := range [][]*graph.Value{nil, computedValues(m.Graph)} {
					s, err := runtime.Compile(m, runtime.Options{Threads: 2, Taps: taps, Trace: func(e runtime.Event) {
						if e.Kernel == "reference" {
							t.Errorf("%s runs by the reference evaluation", e.Node.Label())
						}
					}})
					if err != nil {
						t.Fatal(err)
					}
					for _, batch := range []int{1, 3} {
						feeds := quantizedFeeds(m.Graph, batch)
						wantSeen, haveSeen := map[string]*graph.Tensor{}, map[string]*graph.Tensor{}
						want, err := reference.Tap(context.Background(), feeds, keep(wantSeen))
						if err != nil {
							t.Fatal(err)
						}
						have, err := s.Tap(context.Background(), feeds, keep(haveSeen))
						if err != nil {
							t.Fatal(err)
						}
						sameNumbers(t, have, want)
						if taps != nil {
							sameNumbers(t, haveSeen, wantSeen)
						}
					}
				}
			})
		}
	}
}

func computedValues(g *graph.Graph) (all []*graph.Value) {
	for _, n := range g.Nodes {
		all = append(all, n.Outputs()...)
	}
	return all
}

func keep(seen map[string]*graph.Tensor) func(*graph.Value, *graph.Tensor) error {
	return func(v *graph.Value, t *graph.Tensor) error {
		raw := graph.NewTensor(t.DType(), t.Shape()...)
		copy(raw.Raw(), t.Raw())
		seen[v.Name] = raw
		return nil
	}
}

// sameNumbers compares integers bit for bit, and float32 to within its rounding.
func sameNumbers(t *testing.T, have, want map[string]*graph.Tensor) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		h, w := have[name], want[name]
		switch {
		case h == nil:
			t.Errorf("%s is missing", name)
		case h.DType() != w.DType() || !slices.Equal(h.Shape(), w.Shape()):
			t.Errorf("%s is %v%v, want %v%v", name, h.DType(), h.Shape(), w.DType(), w.Shape())
		case h.DType() == graph.Float32:
			if err := near(h, w, op.Tolerance{Abs: 1e-4, Rel: 1e-5}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case !bytes.Equal(h.Raw(), w.Raw()):
			t.Errorf("%s differs", name)
		}
	}
}

// A sum that may be larger than float32 holds exactly is left to the evaluation, which computes it exactly.
func TestLargeSumsOfIntegersAreExact(t *testing.T) {
	const k = 1 << 12
	all := strings.TrimSuffix(strings.Repeat("127, ", k), ", ")
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (uint8[N,4096] x) => (int32[N,1] y) <int8[4096,1] w = {` + all + `}> { y = MatMulInteger(x, w) }`)
	if err != nil {
		t.Fatal(err)
	}
	s, err := runtime.Compile(m, runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := graph.NewTensor(graph.Uint8, 1, k)
	want := int32(0)
	for i := range x.Raw() {
		x.Raw()[i] = byte(251 + i%5)
		want += 127 * int32(x.Raw()[i])
	}
	if have := graph.Data[int32](run(t, s, map[string]*graph.Tensor{"x": x})["y"])[0]; have != want || int32(float32(want)) == want {
		t.Errorf("the sum is %d, want %d", have, want)
	}
}
