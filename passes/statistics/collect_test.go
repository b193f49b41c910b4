package statistics_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// All numbers of these tests are small whole ones, with which no order of summation
// makes a difference: what is to be the same is the same to the last bit.

// reference runs models by the naive evaluation, which computes with whole numbers exactly.
type reference struct{}

func (reference) Observe(ctx context.Context, m *graph.Model, values []*graph.Value, batches iter.Seq2[map[string]*graph.Tensor, error],
	visit func(v *graph.Value, t *graph.Tensor) error) error {
	s, err := runtime.Compile(m, runtime.Options{Reference: true, Taps: values})
	if err != nil {
		return err
	}
	for feeds, err := range batches {
		if err != nil {
			return err
		}
		if _, err := s.Tap(ctx, feeds, visit); err != nil {
			return err
		}
	}
	return nil
}

// tb is what tests and properties have in common.
type tb interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func parse(t tb, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse("<ir_version: 8, opset_import: [\"\" : 13]>\n" + text)
	if err == nil {
		err = op.InferGraph(m.Graph)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// whole is a list of small whole numbers as the text form has it.
func whole(r *rand.Rand, n int) string {
	s := make([]string, n)
	for i := range s {
		s[i] = fmt.Sprint(r.IntN(7) - 3)
	}
	return "{" + strings.Join(s, ", ") + "}"
}

func feeds(r *rand.Rand, shape ...int) map[string]*graph.Tensor {
	x := graph.NewTensor(graph.Float32, shape...)
	for i := range graph.Data[float32](x) {
		graph.Data[float32](x)[i] = float32(r.IntN(9) - 4)
	}
	return map[string]*graph.Tensor{"x": x}
}

// request asks for the moments of every axis but the first of what each linear node reads, and for its Gram matrices.
func request(m *graph.Model) statistics.Request {
	var r statistics.Request
	for _, n := range m.Graph.Nodes {
		if l := linear.Of(n); l != nil {
			r.Grams = append(r.Grams, l)
			for axis := 1; axis < len(n.In(0).Type.Shape); axis++ {
				r.Axes = append(r.Axes, group.Member{Value: n.In(0), Axis: axis})
			}
		}
	}
	return r
}

// collect collects from samples from to to-1 of x, size at a time.
func collect(t tb, m *graph.Model, x map[string]*graph.Tensor, from, to, size, threads int) *statistics.Set {
	t.Helper()
	total, err := dataset.Samples(x)
	if err != nil {
		t.Fatal(err)
	}
	part, err := dataset.Subset(x, from, to)
	if err != nil {
		t.Fatal(err)
	}
	batches := func(yield func(map[string]*graph.Tensor, error) bool) {
		for b, err := range dataset.Batches(part, size) {
			if !yield(b.Feeds, err) {
				return
			}
		}
	}
	s, err := statistics.Collect(context.Background(), m, reference{}, statistics.Inputs{Batches: batches, Samples: total, First: from, Threads: threads}, request(m))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// convolution is a network of a convolution under test behind something that makes its inputs.
type convolution struct {
	groups, in, out, height, width   int // in and out of one group
	kernel, stride, dilation, before int
	after, samples, perBatch         int
}

func drawConvolution(t *rapid.T) convolution {
	n := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, name) }
	c := convolution{
		groups: n("groups", 1, 3), in: n("in", 1, 3), out: n("out", 1, 2), height: n("height", 3, 6), width: n("width", 3, 6),
		kernel: n("kernel", 1, 3), stride: n("stride", 1, 2), dilation: n("dilation", 1, 2),
		before: n("before", 0, 2), after: n("after", 0, 2), samples: n("samples", 1, 5), perBatch: n("batch", 1, 5),
	}
	if (c.kernel-1)*c.dilation+1 > min(c.height, c.width) {
		c.dilation = 1
	}
	return c
}

func (c convolution) model(t tb, r *rand.Rand) *graph.Model {
	channels := c.groups * c.in
	return parse(t, fmt.Sprintf(`g (float[N,2,%d,%d] x) => (float[N,C,H,W] y)
<float[%d,2,1,1] w = %s, float[%d,%d,%d,%d] v = %s>
{
  h = Conv(x, w)
  r = Relu(h)
  y = Conv<group: int = %d, strides: ints = [%d, %d], dilations: ints = [%d, %d], pads: ints = [%d, %d, %d, %d]>(r, v)
}`, c.height, c.width, channels, whole(r, 2*channels), c.groups*c.out, c.in, c.kernel, c.kernel, whole(r, c.groups*c.out*c.in*c.kernel*c.kernel),
		c.groups, c.stride, c.stride, c.dilation, c.dilation, c.before, c.before, c.after, c.after))
}

// rows lists what the convolution reads, group by group, with loops that say nothing but the definition.
func (c convolution) rows(x *graph.Tensor) [][][]float64 {
	data := graph.Data[float32](x)
	at := func(s, channel, i, j int) float64 {
		if i < 0 || j < 0 || i >= c.height || j >= c.width {
			return 0
		}
		return float64(data[((s*c.groups*c.in+channel)*c.height+i)*c.width+j])
	}
	reach := (c.kernel-1)*c.dilation + 1
	rows := make([][][]float64, c.groups)
	for g := range rows {
		for s := range c.samples {
			for i := -c.before; i+reach <= c.height+c.after; i += c.stride {
				for j := -c.before; j+reach <= c.width+c.after; j += c.stride {
					var row []float64
					for channel := range c.in {
						for a := range c.kernel {
							for b := range c.kernel {
								row = append(row, at(s, g*c.in+channel, i+a*c.dilation, j+b*c.dilation))
							}
						}
					}
					rows[g] = append(rows[g], row)
				}
			}
		}
	}
	return rows
}

func TestStatisticsOfConvolutionsAreThoseOfTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConvolution(t)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		m, x := c.model(t, r), feeds(r, c.samples, 2, c.height, c.width)
		s := collect(t, m, x, 0, c.samples, c.perBatch, 2)
		read := valueOf(t, m, x, "r")
		last := m.Graph.Nodes[2]
		checkGram(t, s.Gram(linear.Of(last)), c.rows(read))
		for axis := 1; axis < 4; axis++ {
			checkMoments(t, s.Moments(last.In(0), axis), read, axis)
		}
		checkMoments(t, s.Moments(m.Graph.Inputs[0], 1), x["x"], 1)
	})
}

// Matrix products read rows of the last axis, whatever stands before it.
func TestStatisticsOfMatrixProducts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, text := range map[string]string{
		"Gemm": `g (float[N,4] x) => (float[N,3] y) <float[5,4] w = ` + whole(r, 20) + `, float[5,3] v = ` + whole(r, 15) + `>
{ h = Gemm<transB: int = 1>(x, w)  r = Relu(h)  y = Gemm(r, v) }`,
		"MatMul": `g (float[N,3,4] x) => (float[N,3,2] y) <float[4,70] w = ` + whole(r, 280) + `, float[70,2] v = ` + whole(r, 140) + `>
{ h = MatMul(x, w)  r = Relu(h)  y = MatMul(r, v) }`,
	} {
		m := parse(t, text)
		shape := []int{7, 4}
		if name == "MatMul" { // 70 columns are more than a tile
			shape = []int{7, 3, 4}
		}
		x := feeds(r, shape...)
		s := collect(t, m, x, 0, 7, 3, 2)
		read := valueOf(t, m, x, "r")
		node := m.Graph.Nodes[2]
		cols := read.Shape()[read.Rank()-1]
		values, _ := graph.Floats(read)
		checkGram(t, s.Gram(linear.Of(node)), [][][]float64{slices.Collect(slices.Chunk(values, cols))})
		for axis := 1; axis < read.Rank(); axis++ {
			checkMoments(t, s.Moments(node.In(0), axis), read, axis)
		}
	}
}

// valueOf is what the model computes at a value.
func valueOf(t tb, m *graph.Model, x map[string]*graph.Tensor, name string) *graph.Tensor {
	t.Helper()
	var found *graph.Tensor
	batch := func(yield func(map[string]*graph.Tensor, error) bool) { yield(x, nil) }
	err := reference{}.Observe(context.Background(), m, []*graph.Value{m.Graph.Value(name)}, batch, func(_ *graph.Value, t *graph.Tensor) error {
		found = t
		return nil
	})
	if err != nil || found == nil {
		t.Fatalf("value %q: %v, %v", name, found, err)
	}
	return found
}

func checkMoments(t tb, m *statistics.Moments, x *graph.Tensor, axis int) {
	t.Helper()
	data, _ := graph.Floats(x)
	inner := 1
	for _, n := range x.Shape()[axis+1:] {
		inner *= n
	}
	for p := range x.Shape()[axis] {
		count, sum, square, fires := 0.0, 0.0, 0.0, 0.0
		for i, v := range data {
			if i/inner%x.Shape()[axis] == p {
				count, sum, square = count+1, sum+v, square+v*v
				if v > 0 {
					fires++
				}
			}
		}
		mean := sum / count
		want := []float64{mean, square / count, max(0, square/count-mean*mean), fires / count}
		if have := []float64{m.Mean(p), m.SecondMoment(p), m.Variance(p), m.FiringShare(p)}; !slices.Equal(have, want) {
			t.Fatalf("axis %d position %d: have %v, want %v", axis, p, have, want)
		}
	}
}

// checkGram compares with sums over the rows of each group.
func checkGram(t tb, g *statistics.Gram, rows [][][]float64) {
	t.Helper()
	if len(g.Products) != len(rows) || g.Rows != float64(len(rows[0])) || g.Cols != len(rows[0][0]) {
		t.Fatalf("%d groups of %g rows of %d columns, want %d of %d of %d", len(g.Products), g.Rows, g.Cols, len(rows), len(rows[0]), len(rows[0][0]))
	}
	for k, of := range rows {
		n := float64(len(of))
		second, central := g.SecondMoment(k), g.Covariance(k)
		for i := range g.Cols {
			for j := range g.Cols {
				xy, x, y := 0.0, 0.0, 0.0
				for _, row := range of {
					xy, x, y = xy+row[i]*row[j], x+row[i], y+row[j]
				}
				if at := i*g.Cols + j; second[at] != xy/n || central[at] != xy/n-x/n*(y/n) {
					t.Fatalf("group %d (%d, %d): have %v and %v, want %v and %v", k, i, j, second[at], central[at], xy/n, xy/n-x/n*(y/n))
				}
			}
		}
	}
}

// The last of every five samples is held out. The set's own matrices include it, and without it they
// are those of the other samples, wherever batches end.
func TestHeldOutSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m := parse(t, `g (float[N,4] x) => (float[N,3] y) <float[4,3] w = `+whole(r, 12)+`> { y = MatMul(x, w) }`)
	data, _ := graph.Floats(feeds(r, 12, 4)["x"])
	for _, size := range []int{12, 5, 1} {
		batches := func(yield func(map[string]*graph.Tensor, error) bool) {
			for from := 0; from < 12; from += size {
				to := min(12, from+size)
				part, _ := graph.FromFloats(graph.Float32, data[from*4:to*4], to-from, 4)
				if !yield(map[string]*graph.Tensor{"x": part}, nil) {
					return
				}
			}
		}
		s, err := statistics.Collect(t.Context(), m, reference{}, statistics.Inputs{Batches: batches, Samples: 12, Folds: 5}, statistics.Request{Grams: []*linear.Map{linear.Of(m.Graph.Nodes[0])}})
		if err != nil {
			t.Fatal(err)
		}
		l := linear.Of(m.Graph.Nodes[0])
		var all, held, rest [][]float64
		for i := range 12 {
			row := data[i*4 : i*4+4]
			if all = append(all, row); i%5 == 4 {
				held = append(held, row)
			} else {
				rest = append(rest, row)
			}
		}
		checkGram(t, s.Gram(l), [][][]float64{all})
		checkGram(t, s.Held.Gram(l), [][][]float64{held})
		checkGram(t, s.Gram(l).Without(s.Held.Gram(l)), [][][]float64{rest})
		c := s.Clone()
		c.Held.Gram(l).Mix(0, [][]int{{0, 1}}, []float64{0, 1, 1, 0}, 1)
		checkGram(t, s.Held.Gram(l), [][][]float64{held})
	}
}
