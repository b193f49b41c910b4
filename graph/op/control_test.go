package op_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// A Loop that nothing ends is an error, not a wait.
func TestLoopWithoutEnd(t *testing.T) {
	for _, bound := range []string{`Loop ( , , x)`, `Loop (m, , x)`, `Loop ( , go, x)`, `Loop (m, go, x)`} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
			g (float[2] x) => (float[2] y) <int64 m = {9223372036854775807}, bool go = {1}>
			{ y = ` + bound + ` <body = b (int64 i, bool c, float[2] s) => (bool d, float[2] u) { u = Exp(s)  d = Identity(c) }> }`)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		if _, err = op.EvalGraph(m.Graph, []*graph.Tensor{graph.TensorOf([]float32{1, 2}, 2)}, nil); err == nil || !strings.Contains(err.Error(), "no condition ends it") {
			t.Errorf("%s: %v", bound, err)
		}
	}
}

// A Loop asks again what its body makes of what it carries, where it forgets something. Loops in loops, each of which does, must not
// multiply that.
func TestDeepLoopsAreInferredSoon(t *testing.T) {
	text := ""
	for depth := 30; depth > 0; depth-- {
		text = fmt.Sprintf("r%d = Loop (m, go, x) <body = b (int64 i%[1]d, bool c%[1]d, float[] s%[1]d) => (bool d%[1]d, float[] o%[1]d) "+
			"{ d%[1]d = Identity(c%[1]d) o%[1]d = Concat<axis = 0>(s%[1]d, s%[1]d) %[2]s }>", depth, text)
	}
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
		g (float[2] x) => (float[] r1) <int64 m = {2}, bool go = {1}> { ` + text + ` }`)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("inference took %v", took)
	}
}
