package saliency

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// What criteria know of inputs comes from sums; here they are taken from the rows themselves.

// twoReaders has a group of four channels that two nodes read: a convolution with padding, a stride and a bias, and a
// product without a bias over the means of planes.
const twoReaders = `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2,5,5] x, float[3,4,3,3] v, float[4,2] u) => (float[N,3,3,3] y, float[N,2] z)
<float[4,2,1,1] w = {1, -1, 0.5, 2, -1, 0.3, 0.7, 0.9}, float[3] c = {0.1, 0.2, 0.3}>
{
   h = Conv(x, w)
   r = Relu(h)
   y = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (r, v, c)
   p = GlobalAveragePool(r)
   f = Flatten(p)
   z = MatMul(f, u)
}`

// explicit is that network, its one group, feeds, and the statistics that the criterion wants.
func explicit(t *testing.T, criterion string) (Input, map[string]*graph.Tensor) {
	t.Helper()
	in := weighed(t, twoReaders)
	in.Normalization = "none"
	if len(in.Analysis.Groups) != 1 || in.Analysis.Groups[0].Units != 4 {
		t.Fatalf("groups: %+v", in.Analysis.Groups)
	}
	if readers := reads(in.Analysis, in.Model, in.Analysis.Groups[0]); len(readers) != 2 || !readers[0].HasBias || readers[1].HasBias {
		t.Fatalf("readers: %+v", readers)
	}
	feeds := map[string]*graph.Tensor{"x": drawn(rand.New(rand.NewPCG(8, 8)), 20, 2, 5, 5)}
	return collect(t, in, criterion, feeds), feeds
}

// weighed is the model in text, of which all inputs but the first are weights, drawn at random.
func weighed(t testing.TB, text string) Input {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 7))
	weights := m.Graph.Inputs[1:]
	m.Graph.Inputs = m.Graph.Inputs[:1]
	for _, v := range weights {
		dims, _ := v.Type.Shape.Ints()
		m.Graph.SetConst(v, drawn(r, dims...))
	}
	return simplified(t, m)
}

func drawn(r *rand.Rand, dims ...int) *graph.Tensor {
	n := 1
	for _, d := range dims {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return graph.TensorOf(v, dims...)
}

// valueOf runs the model and gives the contents of a value.
func valueOf(t *testing.T, in Input, feeds map[string]*graph.Tensor, v *graph.Value) *graph.Tensor {
	t.Helper()
	var out *graph.Tensor
	err := runtime.Observer{Threads: 1}.Observe(t.Context(), in.Model, []*graph.Value{v}, func(yield func(map[string]*graph.Tensor, error) bool) { yield(feeds, nil) },
		func(_ *graph.Value, x *graph.Tensor) error {
			out = graph.TensorOf(append([]float32(nil), graph.Data[float32](x)...), x.Shape()...)
			return nil
		})
	if err != nil || out == nil {
		t.Fatalf("value %q: %v", v.Name, err)
	}
	return out
}

// rowsOf lists what the consumer multiplies its weights with, row by row: windows of a 3 x 3 convolution
// with padding 1 and stride 2, or rows of a matrix.
func rowsOf(t *testing.T, r read, x *graph.Tensor) [][]float64 {
	t.Helper()
	data, s := graph.Data[float32](x), x.Shape()
	var rows [][]float64
	if r.Node.Op != "Conv" {
		for at := 0; at < len(data); at += r.Cols {
			row := make([]float64, r.Cols)
			for c := range row {
				row[c] = float64(data[at+c])
			}
			rows = append(rows, row)
		}
		return rows
	}
	for n := range s[0] {
		for i := 0; i < s[2]; i += 2 {
			for j := 0; j < s[3]; j += 2 {
				row := make([]float64, 0, r.Cols)
				for c := range s[1] {
					for y := i - 1; y <= i+1; y++ {
						for x := j - 1; x <= j+1; x++ {
							v := 0.0
							if y >= 0 && y < s[2] && x >= 0 && x < s[3] {
								v = float64(data[((n*s[1]+c)*s[2]+y)*s[3]+x])
							}
							row = append(row, v)
						}
					}
				}
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// centred takes the means of the columns away where the consumer has a bias that makes up for them.
func centred(r read, rows [][]float64) [][]float64 {
	if !r.HasBias {
		return rows
	}
	means := make([]float64, r.Cols)
	for _, row := range rows {
		for c, x := range row {
			means[c] += x / float64(len(rows))
		}
	}
	out := make([][]float64, len(rows))
	for i, row := range rows {
		for c, x := range row {
			out[i] = append(out[i], x-means[c])
		}
	}
	return out
}

// outputEnergy is the mean over rows of |W row|^2, where scale multiplies each column.
func outputEnergy(r read, rows [][]float64, scale func(column int) float64) float64 {
	w := r.Weights()
	e := 0.0
	for _, row := range rows {
		for o := range r.Outs {
			y := 0.0
			for c, x := range row {
				y += w[o*r.Cols+c] * x * scale(c)
			}
			e += y * y / float64(len(rows))
		}
	}
	return e
}

func one(int) float64 { return 1 }
