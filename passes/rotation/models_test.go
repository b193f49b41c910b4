package rotation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// rotated is what of each trained network is put in a new basis; nothing of others.
var rotated = map[string][]string{
	"mobilenetv2": bottlenecks, "mobilenetv2_bn": bottlenecks,
	"vit": heads, "vit_init": heads, "vit_op17": heads,
}

var bottlenecks = []string{
	"/f/f.4/body/body.6/Conv stream 1", "/f/f.6/body/body.6/Conv stream 1",
	"/f/f.9/body/body.6/Conv stream 1", "/f/f.11/body/body.6/Conv stream 1",
}

var heads = []string{
	"/blocks/blocks.0/attn/q/MatMul#2 product 6", "/blocks/blocks.0/attn/v/MatMul stream 6",
	"/blocks/blocks.1/attn/q/MatMul#2 product 6", "/blocks/blocks.1/attn/v/MatMul stream 6",
	"/blocks/blocks.2/attn/q/MatMul#2 product 6", "/blocks/blocks.2/attn/v/MatMul stream 6",
	"/blocks/blocks.3/attn/q/MatMul#2 product 6", "/blocks/blocks.3/attn/v/MatMul stream 6",
}

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
			x, err = dataset.Subset(x, 0, 32)
			if err != nil {
				t.Fatal(err)
			}
			compute := func() []float64 {
				out, err := runtime.Evaluator{Threads: 1}.Evaluate(t.Context(), m, x)
				if err != nil {
					t.Fatal(err)
				}
				return linear.Floats(out[m.Graph.Outputs[0].Name])
			}
			s, err := statistics.Collect(t.Context(), m, runtime.Observer{Threads: 2}, statistics.Inputs{Samples: 32, Threads: 2, Batches: func(yield func(feeds, error) bool) { yield(x, nil) }}, rotation.Wants(a, m))
			if err != nil {
				t.Fatal(err)
			}
			before := compute()
			var list []string
			for _, r := range rotation.Apply(a, s) {
				list = append(list, fmt.Sprintf("%s %s %d", r.Group, r.Kind, r.Blocks))
			}
			d := apart(compute(), before)
			t.Logf("%d rotations, outputs %.2g apart", len(list), d)
			if !slices.Equal(list, rotated[name]) {
				t.Errorf("rotated %q, want %q", list, rotated[name])
			}
			if !(d < 1e-4) {
				t.Errorf("outputs are %g apart", d)
			}
		})
	}
}
