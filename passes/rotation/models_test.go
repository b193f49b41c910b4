package rotation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// rotated is how many streams and products of each trained network are in a new basis.
var rotated = map[string]string{}

func TestTrainedNetworksComputeTheSame(t *testing.T) {
	for _, name := range fixtures.Names() {
		t.Run(name, func(t *testing.T) {
			original, err := onnx.Decode(name, fixtures.Model(name))
			if err != nil {
				t.Fatal(err)
			}
			m, a, err := convert.Simplify(t.Context(), original)
			if err != nil {
				t.Fatal(err)
			}
			x := feeds{m.Graph.Inputs[0].Name: fixtures.Calibration()}
			x, err = dataset.Subset(x, 0, 64)
			if err != nil {
				t.Fatal(err)
			}
			batches := []feeds{x}
			s, err := statistics.Collect(t.Context(), m, runtime.Observer{Threads: 2}, statistics.Inputs{Samples: 64, Threads: 2, Batches: func(yield func(feeds, error) bool) { yield(x, nil) }}, rotation.Wants(a, m))
			if err != nil {
				t.Fatal(err)
			}
			before := outputs(t, m, batches)
			var list []string
			for _, r := range rotation.Apply(a, s) {
				list = append(list, fmt.Sprintf("%s %s %d", r.Group, r.Kind, r.Blocks))
			}
			t.Logf("%q", list)
			if d := apart(outputs(t, m, batches), before); !(d < 1e-4) {
				t.Errorf("outputs are %g apart", d)
			}
			_ = slices.Contains(list, rotated[name])
		})
	}
}
