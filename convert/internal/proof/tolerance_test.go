package proof

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestToleranceIsThatOfTheCoarsestValues(t *testing.T) {
	for name, want := range map[string]float64{"float": Tolerance, "float16": 16 * 0x1p-11, "bfloat16": 16 * 0x1p-8} {
		text := `<ir_version: 8, opset_import: ["" : 17]> g (float[N] x) => (float[N] z) { y = Relu(x)  z = Relu(y) }`
		m, err := graph.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Graph.Value("y").Type.DType = map[string]graph.DType{"float": graph.Float32, "float16": graph.Float16, "bfloat16": graph.BFloat16}[name]
		if have := ToleranceOf(m); have != want {
			t.Errorf("%s: tolerance %g, want %g", name, have, want)
		}
	}
}
