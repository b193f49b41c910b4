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
