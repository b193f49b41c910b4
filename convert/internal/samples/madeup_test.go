package samples_test

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
)

// As many samples are made up for a model that takes batches of one size as for one that takes any,
// rounded up to whole batches, and no two are the same.
func TestMadeUpInputsFillFixedBatches(t *testing.T) {
	for batch, want := range map[string]int{"N": 10, "1": 10, "4": 12, "16": 16} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[` + batch + `,3] x, float s) => (y) { m = Mul(x, s) y = Relu(m) }`)
		if err != nil {
			t.Fatal(err)
		}
		s, err := samples.MadeUp(m, nil, 10, 1)
		if err != nil {
			t.Fatal(batch, err)
		}
		if s.Count() != want {
			t.Errorf("batch %s: %d samples, want %d", batch, s.Count(), want)
		}
		feeds, err := dataset.ReadRange(s, 0, s.Count())
		if err != nil {
			t.Fatal(batch, err)
		}
		x := graph.Data[float32](feeds["x"])
		slices.Sort(x)
		if len(x) != 3*want || len(slices.Compact(x)) != len(x) || feeds["s"].Rank() != 0 {
			t.Errorf("batch %s: %d numbers, some of them twice", batch, len(x))
		}
	}
}

// Inputs whose first axes count different things are apart: one sample is one set of them all, and as
// many sets are made up as samples of other models.
func TestInputsThatAreApart(t *testing.T) {
	for inputs, want := range map[string]bool{
		"float[1,8] x": false, "float[N,8] x, float[N,3] y": false, "float[2,8] x, float[2] y": false, "float[N,8] x, int64 rate": false,
		"float[N,8] x, float[M,8] y":        false, // which may be the same number
		"float[1,8] x, float[2,1,16] state": true, "float[T,2,8] x, int32[2] lengths": true,
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g (` + inputs + `) => (z) { z = Relu(x) }`)
		if err != nil {
			t.Fatal(inputs, err)
		}
		if have := dataset.Apart(m.Graph.Inputs); have != want {
			t.Errorf("%s: %v, want %v", inputs, have, want)
		}
		if !want {
			continue
		}
		s, err := samples.MadeUp(m, nil, 10, 1)
		if err != nil {
			t.Fatal(inputs, err)
		}
		first, err := s.Read([]int{0})
		if err != nil {
			t.Fatal(inputs, err)
		}
		last, err := s.Read([]int{9})
		if err != nil {
			t.Fatal(inputs, err)
		}
		if x, y := graph.Data[float32](first["x"]), graph.Data[float32](last["x"]); s.Count() != 10 || len(first) != 2 || slices.Equal(x, y) {
			t.Errorf("%s: %d sets, %v and %v", inputs, s.Count(), x, y)
		}
		if _, err := s.Read([]int{0, 1}); err == nil {
			t.Errorf("%s: two sets at once", inputs)
		}
		stream, err := samples.SyntheticStream(m, nil, 10, 1)
		if err != nil || stream.Samples != 10 {
			t.Fatal(inputs, stream.Samples, err)
		}
		count := 0
		for b, err := range stream.Batches(3, 10, 1) {
			if err != nil || b.Count != 1 || len(b.Feeds) != 2 || b.Feeds["x"].Rank() != first["x"].Rank() {
				t.Fatalf("%s: %+v, %v", inputs, b, err)
			}
			count++
		}
		if count != 7 {
			t.Errorf("%s: %d batches, want 7", inputs, count)
		}
	}
}
