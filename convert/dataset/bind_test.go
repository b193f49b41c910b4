package dataset

import (
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// inputs returns graph inputs of the given types.
func inputs(t *testing.T, types ...any) []*graph.Value {
	t.Helper()
	g := graph.New("g")
	for i := 0; i < len(types); i += 2 {
		v, err := g.NewValue(types[i].(string))
		if err != nil {
			t.Fatal(err)
		}
		v.Type = types[i+1].(graph.Type)
		g.AddInput(v)
	}
	return g.Inputs
}

func shaped(d graph.DType, dims ...any) graph.Type {
	s := graph.Shape{}
	for _, x := range dims {
		switch x := x.(type) {
		case int:
			s = append(s, graph.Size(x))
		case string:
			s = append(s, graph.Symbol(x))
		}
	}
	return graph.TensorType(d, s)
}

func TestBind(t *testing.T) {
	images := graph.NewTensor(graph.Uint8, 5, 4, 3)
	ids := graph.TensorOf([]int64{1, 2, 3, 4}, 2, 2)
	for _, c := range []struct {
		name   string
		set    Set
		inputs []any
		want   string // type of the first input's feed, or part of the error
	}{
		{"the one array goes to the one input", Set{Arrays: map[string]*graph.Tensor{"": images}},
			[]any{"x", shaped(graph.Uint8, "N", 4, 3)}, "uint8[5,4,3]"},
		{"grey images get their channel axis, and floats", Set{Arrays: map[string]*graph.Tensor{"": images}},
			[]any{"x", shaped(graph.Float32, "N", 1, 4, 3)}, "float[5,1,4,3]"},
		{"the same at the end", Set{Arrays: map[string]*graph.Tensor{"": images}},
			[]any{"x", shaped(graph.Float32, "N", 4, 3, 1)}, "float[5,4,3,1]"},
		{"the batch size is the caller's", Set{Arrays: map[string]*graph.Tensor{"": images}},
			[]any{"x", shaped(graph.Uint8, 1, 4, 3)}, "uint8[5,4,3]"},
		{"an input of unknown rank takes all", Set{Arrays: map[string]*graph.Tensor{"": images}},
			[]any{"x", graph.TensorType(graph.Uint8, nil)}, "uint8[5,4,3]"},
		{"token numbers become int32", Set{Arrays: map[string]*graph.Tensor{"ids": ids}},
			[]any{"ids", shaped(graph.Int32, "N", "L")}, "int32[2,2]"},
		{"another extent", Set{Arrays: map[string]*graph.Tensor{"": images}},
			[]any{"x", shaped(graph.Float32, "N", 1, 28, 28)}, `d.npy: input "x": want float[N,1,28,28], have uint8[5,4,3]`},
		{"another rank", Set{Arrays: map[string]*graph.Tensor{"": images}},
			[]any{"x", shaped(graph.Float32, "N", 12)}, `input "x": want float[N,12], have uint8[5,4,3]`},
		{"a scalar", Set{Arrays: map[string]*graph.Tensor{"": graph.NewTensor(graph.Float32)}},
			[]any{"x", shaped(graph.Float32, "N")}, "have a scalar"},
		{"a scalar for a scalar goes with every sample", Set{Arrays: map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 1), "y": ids}},
			[]any{"x", shaped(graph.Float32), "y", shaped(graph.Int64, "N", 2)}, "float[]"},
		{"many for a scalar", Set{Arrays: map[string]*graph.Tensor{"": ids}},
			[]any{"x", shaped(graph.Int64)}, "have int64[2,2]"},
		{"floats for integers", Set{Arrays: map[string]*graph.Tensor{"": graph.NewTensor(graph.Float32, 2, 2)}},
			[]any{"x", shaped(graph.Int64, "N", 2)}, "want int64 elements, have float"},
		{"an integer that does not fit", Set{Arrays: map[string]*graph.Tensor{"": graph.TensorOf([]int64{1, 1 << 40}, 2, 1)}},
			[]any{"x", shaped(graph.Int32, "N", 1)}, "want int32 elements, have int64: element [1 0] is 1099511627776"},
		{"a double that float32 cannot hold", Set{Arrays: map[string]*graph.Tensor{"": graph.TensorOf([]float64{1e300}, 1)}},
			[]any{"x", shaped(graph.Float32, "N")}, "out of range"},
		{"an input without an array", Set{Arrays: map[string]*graph.Tensor{"ids": ids, "other": ids}},
			[]any{"ids", shaped(graph.Int64, "N", "L"), "mask", shaped(graph.Int64, "N", "L")}, `input "mask": want an array of that name, have "ids", "other"`},
		{"one array for two inputs", Set{Arrays: map[string]*graph.Tensor{"": ids}},
			[]any{"a", shaped(graph.Int64, "N", "L"), "b", shaped(graph.Int64, "N", "L")}, `inputs "a", "b", have one array`},
		{"different numbers of samples", Set{Arrays: map[string]*graph.Tensor{"a": ids, "b": graph.NewTensor(graph.Int64, 3, 2)}},
			[]any{"a", shaped(graph.Int64, "N", "L"), "b", shaped(graph.Int64, "N", "L")}, `input "b": want 2 samples as the inputs before it have, have 3`},
		{"one symbol, two extents", Set{Arrays: map[string]*graph.Tensor{"a": ids, "b": graph.NewTensor(graph.Int64, 2, 3)}},
			[]any{"a", shaped(graph.Int64, "N", "L"), "b", shaped(graph.Int64, "N", "L")}, "L is 2 already"},
		{"too few labels", Set{Arrays: map[string]*graph.Tensor{"a": ids}, Labels: []int{1}},
			[]any{"a", shaped(graph.Int64, "N", "L")}, "want one label for each of 2 samples, have 1"},
	} {
		c.set.file = "d.npy"
		vs := inputs(t, c.inputs...)
		feeds, err := c.set.Bind(vs)
		have := ""
		if err != nil {
			have = err.Error()
		} else if x := feeds[vs[0].Name]; x != nil {
			have = graph.TensorType(x.DType(), graph.ShapeOf(x.Shape()...)).String()
		}
		if !strings.Contains(have, c.want) || strings.Contains(have, "\n") {
			t.Errorf("%s: have %q, want %q", c.name, have, c.want)
		}
	}
}

func TestInputsWithADefaultNeedNoArray(t *testing.T) {
	vs := inputs(t, "x", shaped(graph.Float32, "N", 2), "w", shaped(graph.Float32, 2))
	vs[1].Graph().SetConst(vs[1], graph.NewTensor(graph.Float32, 2))
	s := Set{Arrays: map[string]*graph.Tensor{"": graph.NewTensor(graph.Float32, 3, 2)}}
	feeds, err := s.Bind(vs)
	if err != nil || len(feeds) != 1 || feeds["x"] == nil {
		t.Errorf("have %s, %v, want the feed x alone", joinNames(sortedNames(feeds)), err)
	}
}

func TestBatchesCoverAllSamplesOnce(t *testing.T) {
	feeds := map[string]*graph.Tensor{
		"a": graph.TensorOf([]float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 5, 2),
		"b": graph.TensorOf([]bool{true, false, true, false, true}, 5),
	}
	var a []float32
	var firsts []int
	for b, err := range Batches(feeds, 2) {
		if err != nil {
			t.Fatal(err)
		}
		a = append(a, graph.Data[float32](b.Feeds["a"])...)
		firsts = append(firsts, b.First, b.Count, b.Feeds["b"].Len())
	}
	if !slices.Equal(a, graph.Data[float32](feeds["a"])) || !slices.Equal(firsts, []int{0, 2, 2, 2, 2, 2, 4, 1, 1}) {
		t.Errorf("have %v with first sample and counts %v", a, firsts)
	}
	for _, err := range Batches(feeds, 0) {
		if err == nil {
			t.Error("a batch size of 0 was taken")
		}
	}
	feeds["b"] = graph.NewTensor(graph.Bool, 4)
	for _, err := range Batches(feeds, 2) {
		if err == nil || !strings.Contains(err.Error(), `array "b": want 5 samples`) {
			t.Errorf("arrays of different lengths: have error %v", err)
		}
	}
}

func TestSubsetKeepsLabelsBesideTheirSamples(t *testing.T) {
	s := Set{Arrays: map[string]*graph.Tensor{"": graph.TensorOf([]int32{10, 11, 12, 13}, 4)}, Labels: []int{0, 1, 2, 3}}
	sub, err := s.Subset(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(graph.Data[int32](sub.Arrays[""]), []int32{11, 12}) || !slices.Equal(sub.Labels, []int{1, 2}) {
		t.Errorf("have %v with labels %v", graph.Data[int32](sub.Arrays[""]), sub.Labels)
	}
	if _, err := s.Subset(3, 5); err == nil {
		t.Error("samples that are not there were given")
	}
}
