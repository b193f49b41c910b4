package saliency

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// plane is every number of one unit that a consumer sees: of a channel, or a column.
func plane(x *graph.Tensor, unit int) []float64 {
	inner := 1
	for _, n := range x.Shape()[2:] {
		inner *= n
	}
	var out []float64
	for i, v := range graph.Data[float32](x) {
		if i/inner%x.Shape()[1] == unit {
			out = append(out, float64(v))
		}
	}
	return out
}

func mean(x []float64, f func(float64) float64) float64 {
	s := 0.0
	for _, v := range x {
		s += f(v)
	}
	return s / float64(len(x))
}

// slowly scores by what f says of the weights of a unit in a consumer and of all numbers that they multiply, scaled to
// mean 1 in each consumer and averaged over consumers.
func slowly(t *testing.T, in Input, feeds map[string]*graph.Tensor, f func(weights, inputs []float64) float64) []float64 {
	t.Helper()
	g := in.Analysis.Groups[0]
	readers := reads(in.Analysis, in.Model, g)
	scores := make([]float64, g.Units)
	for _, r := range readers {
		x := valueOf(t, in, feeds, r.Node.In(0))
		w := r.Weights()
		each := make([]float64, g.Units)
		for u := range each {
			var own []float64
			for i, v := range w {
				if i%r.Cols/r.Taps == u {
					own = append(own, v)
				}
			}
			each[u] = f(own, plane(x, u))
		}
		for u, s := range each {
			scores[u] += s / mean(each, func(x float64) float64 { return x }) / float64(len(readers))
		}
	}
	return scores
}

func TestCriteriaWithDataAreWhatRowsSay(t *testing.T) {
	square := func(x float64) float64 { return x * x }
	variance := func(x []float64) float64 {
		m := mean(x, func(v float64) float64 { return v })
		return mean(x, func(v float64) float64 { return square(v - m) })
	}
	for name, f := range map[string]func(weights, inputs []float64) float64{
		"activation": func(w, x []float64) float64 {
			return mean(w, math.Abs) * float64(len(w)) * math.Sqrt(mean(x, square))
		},
		"flap": func(w, x []float64) float64 { return mean(w, square) * float64(len(w)) * variance(x) },
		"apoz": func(_, x []float64) float64 {
			return mean(x, func(v float64) float64 {
				if v > 0 {
					return 1
				}
				return 0
			})
		},
	} {
		in, feeds := explicit(t, name)
		c, _ := Lookup(name)
		scores, err := Scores(t.Context(), c, in)
		if err != nil {
			t.Fatal(err)
		}
		have, want := scores[in.Analysis.Groups[0]], slowly(t, in, feeds, f)
		if !slices.EqualFunc(have, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-6*math.Abs(b) }) {
			t.Errorf("%s: have %v, want %v", name, have, want)
		}
	}
}

// Inputs of the last product are (1, 0, 2) and (3, 2, 0), mean squares 5, 2 and 2, variances 1, 1 and 1. Outputs are
// (5, 4) and (3, 4), of energy 33; of variance 1.
func TestOBDIsHalfTheSquaredWeightsTimesTheDiagonal(t *testing.T) {
	for reader, want := range map[string][]float64{
		"MatMul": {5. / 66, 8. / 66, 16. / 66}, // nothing makes up for means
		"Gemm":   {1. / 2, 4. / 2, 8. / 2},
	} {
		in := parsed(t, `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x) => (float[N,2] y)
<float[2,3] w = {1, 0, 2, 3, 2, 0}, float[3,2] v = {1, 0, 0, 2, 2, 2}>
{ h = MatMul(x, w)  r = Relu(h)  y = `+reader+`(r, v) }`)
		in = collect(t, in, "obd", map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 0, 0, 1}, 2, 2)})
		have, err := scoreOBD(t.Context(), in, in.Analysis.Groups[0])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(have, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%s: have %v, want %v", reader, have, want)
		}
	}
}

// With two consumers the halves of both add up, each relative to its own output.
func TestOBDAddsUpItsConsumers(t *testing.T) {
	in, feeds := explicit(t, "obd")
	g := in.Analysis.Groups[0]
	have, err := scoreOBD(t.Context(), in, g)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, g.Units)
	for _, r := range reads(in.Analysis, in.Model, g) {
		x := valueOf(t, in, feeds, r.Node.In(0))
		energy := outputEnergy(r, centred(r, rowsOf(t, r, x)), one)
		for i, w := range r.Weights() {
			inputs := plane(x, i%r.Cols/r.Taps)
			h := mean(inputs, func(v float64) float64 { return v * v })
			if m := mean(inputs, func(v float64) float64 { return v }); r.HasBias {
				h -= m * m
			}
			want[i%r.Cols/r.Taps] += w * w * h / 2 / energy
		}
	}
	if !slices.EqualFunc(have, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-5*math.Abs(b) }) {
		t.Errorf("have %v, want %v", have, want)
	}
}

// Where inputs are not correlated the halves of all units together are half of the output, whatever the geometry.
func TestOBDOfUncorrelatedInputsIsTheWhole(t *testing.T) {
	for _, reader := range []string{
		"Conv <strides = [2, 2]>", "Conv <group = 2, dilations = [2, 2]>",
		"ConvTranspose <strides = [3, 3]>", "ConvTranspose <strides = [2, 2], group = 2>",
	} {
		in := weighed(t, `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,4,9,9] x, float[4,`+map[bool]string{true: "2", false: "4"}[strings.Contains(reader, "group")]+`,3,3] v) => (float[N,P,Q,R] y)
<float[4,4,1,1] w = {1,0,0,0, 0,2,0,0, 0,0,3,0, 0,0,0,4}>
{ h = Conv(x, w)  y = `+reader+`(h, v) }`)
		in = collect(t, in, "obd", map[string]*graph.Tensor{"x": drawn(rand.New(rand.NewPCG(5, 5)), 200, 4, 9, 9)})
		read := 0
		for _, g := range in.Analysis.Groups {
			if len(reads(in.Analysis, in.Model, g)) == 0 {
				continue
			}
			read++
			scores, err := scoreOBD(t.Context(), in, g)
			if err != nil {
				t.Fatal(err)
			}
			if sum := total(scores); math.Abs(sum-0.5) > 0.02 {
				t.Errorf("%s: %v of group %s add up to %g", reader, scores, g.Name, sum)
			}
		}
		if read == 0 {
			t.Errorf("%s: nothing reads a group", reader)
		}
	}
}
