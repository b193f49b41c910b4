package statistics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// content is all that a set holds, bit by bit.
func content(s *statistics.Set) []string {
	list := []string{fmt.Sprint(s.Samples)}
	for name, t := range s.Tensors() {
		list = append(list, describe(name, t))
	}
	return list
}

func describe(name string, t *graph.Tensor) string {
	return fmt.Sprintf("%s %v %x", name, t.Shape(), t.Raw())
}

// However the samples are cut in shards and batches, and whatever the threads, the same rows are drawn and
// the sums are the same.
func TestShardsMergeToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConvolution(t)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		m, x := c.model(t, r), feeds(r, c.samples, 2, c.height, c.width)
		cut := rapid.IntRange(0, c.samples).Draw(t, "cut")
		checkShards(t, m, x, []int{0, cut, c.samples}, c.perBatch)
	})
}

// The same where there are more rows than are looked at.
func TestShardsDrawTheRowsOfTheWhole(t *testing.T) {
	const samples = 90
	r := rand.New(rand.NewPCG(3, 4))
	c := convolution{groups: 1, in: 2, out: 1, height: 12, width: 12, kernel: 3, stride: 1, dilation: 1, before: 1, after: 1, samples: samples}
	m, x := c.model(t, r), feeds(r, samples, 2, 12, 12)
	all := collect(t, m, x, 0, samples, samples, 1)
	if g := all.Gram(linear.Of(m.Graph.Nodes[2])); g.Rows < 8192 || g.Rows >= 12*12*samples {
		t.Fatalf("%g rows: want a part of them", g.Rows)
	}
	checkShards(t, m, x, []int{0, 30, 60, samples}, 7)
	checkShards(t, m, x, []int{0, 1, 89, samples}, 64)
}

// checkShards merges what was collected between the cuts, the last first.
func checkShards(t tb, m *graph.Model, x map[string]*graph.Tensor, cuts []int, size int) {
	t.Helper()
	samples := cuts[len(cuts)-1]
	whole := content(collect(t, m, x, 0, samples, samples, 1))
	var sum *statistics.Set
	for i := len(cuts) - 1; i > 0; i-- {
		part := collect(t, m, x, cuts[i-1], cuts[i], size, 2)
		if sum == nil {
			sum = part
		} else if err := sum.Merge(part); err != nil {
			t.Fatal(err)
		}
	}
	if have := content(sum); !slices.Equal(have, whole) {
		t.Fatalf("cut at %v, %d at a time: have\n%s\nwant\n%s", cuts, size, strings.Join(have, "\n"), strings.Join(whole, "\n"))
	}
}

// What cannot be merged leaves the set as it was.
func TestDifferentStatisticsDoNotMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	set := func(channels, groups int) *statistics.Set {
		c := convolution{groups: groups, in: channels, out: 1, height: 3, width: 3, kernel: 2, stride: 1, dilation: 1, samples: 2}
		return collect(t, c.model(t, r), feeds(r, 2, 2, 3, 3), 0, 2, 2, 1)
	}
	s := set(2, 1)
	before := content(s)
	for _, o := range []*statistics.Set{set(3, 1), set(1, 2)} {
		if err := s.Merge(o); err == nil || !strings.Contains(err.Error(), "on one side only") {
			t.Errorf("have %v", err)
		}
	}
	if !slices.Equal(content(s), before) {
		t.Error("the set was changed")
	}
}

func TestCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	c := convolution{groups: 1, in: 2, out: 1, height: 3, width: 3, kernel: 2, stride: 1, dilation: 1, samples: 2}
	m := c.model(t, r)
	s := collect(t, m, feeds(r, 2, 2, 3, 3), 0, 2, 2, 1)
	if err := s.Covers(request(m)); err != nil {
		t.Error(err)
	}
	y := m.Graph.Nodes[2].Out(0)
	err := s.Covers(statistics.Request{Axes: []group.Member{{Value: y, Axis: 1}}})
	if err == nil || !strings.Contains(err.Error(), `no moments of the 1 positions of axis 1 of "y"`) {
		t.Errorf("have %v", err)
	}
	c.kernel = 3
	err = s.Covers(request(c.model(t, r)))
	if err == nil || !strings.Contains(err.Error(), "no Gram matrices of the 18 columns") {
		t.Errorf("have %v", err)
	}
}

// Whatever numbers a set holds, those that cannot be told from others by == among them, FromTensors takes
// back what Tensors gives, in any order.
func TestTensorsAreTheWholeSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type named struct {
			name string
			*graph.Tensor
		}
		bits := rapid.Map(rapid.Uint64(), math.Float64frombits)
		numbers := func(what string, shape ...int) *graph.Tensor {
			n := 1
			for _, d := range shape {
				n *= d
			}
			return graph.TensorOf(rapid.SliceOfN(bits, n, n).Draw(t, what), shape...)
		}
		count := func() *graph.Tensor {
			return graph.TensorOf([]float64{float64(rapid.Uint32().Draw(t, "count"))})
		}
		var all []named
		for _, value := range rapid.SliceOfNDistinct(rapid.StringN(0, 8, -1), 0, 3, rapid.ID[string]).Draw(t, "values") {
			at := fmt.Sprintf("%d/%s", rapid.IntRange(0, 12).Draw(t, "axis"), value)
			n := rapid.IntRange(0, 5).Draw(t, "positions")
			all = append(all, named{"moments/count/" + at, count()}, named{"moments/sum/" + at, numbers("sum", n)},
				named{"moments/square/" + at, numbers("square", n)}, named{"moments/fires/" + at, numbers("fires", n)})
			groups, cols := rapid.IntRange(1, 3).Draw(t, "groups"), rapid.IntRange(0, 5).Draw(t, "columns")
			all = append(all, named{"gram/rows/" + value, count()}, named{"gram/sums/" + value, numbers("sums", groups, cols)},
				named{"gram/products/" + value, numbers("products", groups, cols*(cols+1)/2)})
		}
		want := []string{"7"}
		for _, x := range all {
			want = append(want, describe(x.name, x.Tensor))
		}
		all = rapid.Permutation(all).Draw(t, "order")
		s, err := statistics.FromTensors(7, func(yield func(string, *graph.Tensor) bool) {
			for _, x := range all {
				if !yield(x.name, x.Tensor) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		have := content(s)
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Fatalf("have %q, want %q", have, want)
		}
	})
}

func TestTensorsThatAreNoStatistics(t *testing.T) {
	one := func(shape ...int) *graph.Tensor { return graph.NewTensor(graph.Float64, shape...) }
	moments := map[string]*graph.Tensor{"moments/count/1/a": one(), "moments/sum/1/a": one(2), "moments/square/1/a": one(2), "moments/fires/1/a": one(2)}
	gram := map[string]*graph.Tensor{"gram/rows/a": one(), "gram/sums/a": one(2, 3), "gram/products/a": one(2, 6)}
	for name, c := range map[string]struct {
		of   map[string]*graph.Tensor
		put  string
		as   *graph.Tensor // nil: not there
		want string
	}{
		"a part is missing":       {moments, "moments/fires/1/a", nil, `tensor "moments/fires/1/a" is missing`},
		"a Gram part is missing":  {gram, "gram/sums/a", nil, `tensor "gram/sums/a" is missing`},
		"a foreign name":          {moments, "weights", one(), `tensor "weights": no statistics have that name`},
		"a name without an axis":  {moments, "moments/sum/a", one(2), "want the number of an axis"},
		"an axis below 0":         {moments, "moments/sum/-1/a", one(2), "want the number of an axis"},
		"an axis written oddly":   {moments, "moments/sum/01/a", one(2), "want the number of an axis"},
		"another element type":    {moments, "moments/sum/1/a", graph.NewTensor(graph.Float32, 2), "want double elements, have float"},
		"another rank":            {moments, "moments/sum/1/a", one(1, 2), "want 1 axes, have shape [1,2]"},
		"a count of many":         {moments, "moments/count/1/a", one(1), "want 0 axes"},
		"a count below 0":         {gram, "gram/rows/a", graph.TensorOf([]float64{-1}), "want a count, have -1"},
		"a count that is none":    {gram, "gram/rows/a", graph.TensorOf([]float64{math.NaN()}), "want a count, have NaN"},
		"positions that differ":   {moments, "moments/square/1/a", one(3), "moments of 2, 3 and 2 positions"},
		"no triangle":             {gram, "gram/products/a", one(2, 5), "5 numbers do not form a triangle"},
		"columns that differ":     {gram, "gram/sums/a", one(2, 2), "different groups or columns"},
		"groups that differ":      {gram, "gram/sums/a", one(1, 3), "different groups or columns"},
		"Gram matrices of a rank": {gram, "gram/products/a", one(6), "want 2 axes"},
	} {
		_, err := statistics.FromTensors(1, func(yield func(string, *graph.Tensor) bool) {
			for n, x := range c.of {
				if n != c.put && !yield(n, x) {
					return
				}
			}
			if c.as != nil {
				yield(c.put, c.as)
			}
		})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: have %v, want %s", name, err, c.want)
		}
	}
	twice := func(yield func(string, *graph.Tensor) bool) {
		for range 2 {
			if !yield("gram/rows/a", one()) {
				return
			}
		}
	}
	if _, err := statistics.FromTensors(1, twice); err == nil || !strings.Contains(err.Error(), "appears twice") {
		t.Errorf("have %v", err)
	}
	if _, err := statistics.FromTensors(0, twice); err == nil || !strings.Contains(err.Error(), "at least one sample") {
		t.Errorf("have %v", err)
	}
}
