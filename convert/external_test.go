package convert_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/passes/budget"
)

// External weights belong to the original: they count as its bytes, and no output replaces them.
func TestExternalWeightsBelongToTheOriginal(t *testing.T) {
	file, err := onnx.Read(models + "resnet20.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	dir := t.TempDir()
	in := filepath.Join(dir, "in.onnx")
	if err := onnx.Write(t.Context(), in, file.Model, onnx.WriteOptions{ExternalThreshold: 1000}); err != nil {
		t.Fatal(err)
	}
	weights := in + ".data"
	before, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{weights, filepath.Join(dir, "in.onnx")} {
		j := job(t, in, budget.MACs, 0.7)
		j.Out = out
		if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), "would overwrite") {
			t.Errorf("%s: %v", out, err)
		}
	}
	// The name that the output's external data would have.
	if err := os.Link(weights, filepath.Join(dir, "out.onnx.data")); err != nil {
		t.Skip(err)
	}
	j := job(t, in, budget.MACs, 0.7)
	j.Out = filepath.Join(dir, "out.onnx")
	if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), "holds weights of the input") {
		t.Errorf("%s: %v", j.Out, err)
	}
	if after, err := os.ReadFile(weights); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the weights were touched (%v)", err)
	}
	r, err := convert.Inspect(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Original.Bytes < int64(len(before)) {
		t.Errorf("bytes: have %d, and the weights alone take %d", r.Original.Bytes, len(before))
	}
}
