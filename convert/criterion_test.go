package convert_test

import (
	"os"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/passes/budget"
)

// Scales are read from the model as it was, although simplification multiplies them into weights.
// If the exporter has already done that, the file is refused with the reason, and nothing is
// written.
func TestBatchNormScalesOutliveSimplification(t *testing.T) {
	j := job(t, models+"resnet20_bn.onnx", budget.MACs, 0.5)
	j.Config.Criterion = "batchnorm"
	r, err := convert.Prune(t.Context(), j)
	if err != nil || !r.Proof.Passed {
		t.Fatalf("%v: %+v", err, r)
	}
	j = job(t, models+"resnet20.onnx", budget.MACs, 0.5)
	j.Config.Criterion = "batchnorm"
	if _, err = convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), "its exporter folded it") {
		t.Errorf("have %v", err)
	}
	if _, err := os.Stat(j.Out); err == nil {
		t.Error("a file was written")
	}
}
