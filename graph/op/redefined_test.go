package op

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestMeans(t *testing.T) {
	for _, c := range []struct {
		op, domain string
		a, b       int
		want       bool
	}{
		{"Relu", "", 14, 26, true}, {"Relu", "", 13, 14, false}, {"Relu", "", 17, 18, true}, {"Relu", "", 14, Latest + 1, false},
		{"ReduceMean", "", 17, 18, false}, {"Split", "", 13, 17, true}, {"Gelu", "", 20, 18, false}, {"Gelu", "", 18, 19, false},
		{"Own", "com.example", 1, 1, true}, {"Own", "com.example", 1, 2, false},
	} {
		if have := Means(&graph.Node{Op: c.op, Domain: c.domain, Version: c.a}, c.b); have != c.want {
			t.Errorf("%s of opset %d under %d: have %v", c.op, c.a, c.b, have)
		}
	}
}

// The table knows every operator of ONNX's own domain that is defined here.
func TestRedefinedIsComplete(t *testing.T) {
	for _, d := range All() {
		if d.Name == "SimplifiedLayerNormalization" {
			continue // ONNX Runtime puts it there, ONNX does not know it
		}
		if d.Domain == "" && len(redefined[d.Name]) == 0 {
			t.Errorf("operator %s is not in the table", d.Name)
		}
	}
}
