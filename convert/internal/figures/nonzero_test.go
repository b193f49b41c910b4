package figures_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Zero is zero with either sign, whatever the type; another bit makes a number.
func TestNonZeroWeights(t *testing.T) {
	minus := float32(math.Copysign(0, -1))
	for want, w := range map[int64]*graph.Tensor{
		2: graph.TensorOf([]float32{0, minus, 1, float32(math.NaN()), 0, 0}, 2, 3),
		1: graph.TensorOf([]float64{0, math.Copysign(0, -1), math.SmallestNonzeroFloat64}, 1, 3),
		3: graph.TensorOf([]graph.Float16Bits{0, 0x8000, 1, 0x8001, 0x3c00, 0}, 2, 3),
		0: graph.TensorOf([]graph.BFloat16Bits{0, 0x8000, 0}, 1, 3),
	} {
		m := graph.NewModel(17)
		x, err := m.Graph.NewValue("x")
		if err != nil {
			t.Fatal(err)
		}
		x.Type = graph.TensorType(w.DType(), graph.Shape{graph.Size(3)})
		m.Graph.AddInput(x)
		y := m.Graph.Fresh("y")
		if _, err := m.Graph.NewNode("Mul", "", 1, []*graph.Value{x, m.Graph.AddConst("w", w)}, []*graph.Value{y}); err != nil {
			t.Fatal(err)
		}
		m.Graph.Outputs = []*graph.Value{y}
		var f report.Figures
		figures.FillModel(&f, m, nil)
		if f.NonZero != want || f.Params != int64(w.Len()) {
			t.Errorf("%v: want %d of %d, have %d of %d", w.DType(), want, w.Len(), f.NonZero, f.Params)
		}
	}
}
