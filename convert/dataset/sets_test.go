package dataset_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// Arrays for inputs without an axis of samples in common have an axis in front that counts sets, and a
// set is what a run takes.
func TestSetsOfInputs(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[1,3] x, float[2,1,2] state, float[1] gain = {1}) => (y) { y = Mul(x, gain) }`)
	if err != nil {
		t.Fatal(err)
	}
	numbers := func(shape ...int) *graph.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(i)
		}
		return graph.TensorOf(v, shape...)
	}
	save := func(arrays map[string]*graph.Tensor) string {
		path := filepath.Join(t.TempDir(), "sets.npz")
		err := dataset.SaveNPZ(t.Context(), path, func(yield func(string, *graph.Tensor) bool) {
			for _, name := range []string{"x", "state"} {
				if !yield(name, arrays[name]) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	d, err := dataset.OpenSamples(save(map[string]*graph.Tensor{"x": numbers(5, 1, 3), "state": numbers(5, 2, 1, 2)}), dataset.Options{}, m.Graph.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p := d.Part([]int{4, 1}).Samples
	feeds, err := p.Read([]int{0})
	if err != nil || d.Samples.Count() != 5 || !dataset.Alone(p) {
		t.Fatal(d.Samples.Count(), err)
	}
	x, state := feeds["x"], feeds["state"]
	if graph.ShapeOf(x.Shape()...).String() != "[1,3]" || graph.Data[float32](x)[0] != 12 || graph.ShapeOf(state.Shape()...).String() != "[2,1,2]" || graph.Data[float32](state)[3] != 19 {
		t.Errorf("x %v%v, state %v%v", x.Shape(), graph.Data[float32](x), state.Shape(), graph.Data[float32](state))
	}
	if none, err := p.Read(nil); err != nil || none["x"].Len() != 0 || none["state"].Rank() != 3 {
		t.Errorf("of no sets: %v (%v)", none, err)
	}
	if _, err := p.Read([]int{0, 1}); err == nil {
		t.Error("two sets at a time")
	}
	_, err = dataset.OpenSamples(save(map[string]*graph.Tensor{"x": numbers(1, 3), "state": numbers(2, 1, 2)}), dataset.Options{}, m.Graph.Inputs)
	if err == nil || !strings.Contains(err.Error(), "counts sets of inputs") {
		t.Errorf("have %v", err)
	}
}
