package samples_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
)

// A window that does not fit in an extent of 1 gets the least power of two in which it fits. Given
// extents stay.
func TestExtents(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
pooled (float[N,1,H,W] x) => (float[N,1,A,B] y) { a = MaxPool<kernel_shape = [3, 3], strides = [2, 2]>(x)  y = MaxPool<kernel_shape = [2, 2]>(a) }`)
	if err != nil {
		t.Fatal(err)
	}
	if have := samples.Extents(m, map[string]int{"W": 100}); have["H"] != 8 || have["W"] != 100 || have["N"] != 0 {
		t.Errorf("have %v", have)
	}
}
