package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Inference refuses more parts than a sequence can have, instead of listing them.
func TestSplitOfAnAxisWithoutEnd(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g (float[4611686018427387904] x) => (seq(float[1]) y) { y = SplitToSequence(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err == nil {
		t.Error("want an error")
	}
}
