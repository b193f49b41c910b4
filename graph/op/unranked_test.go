package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// What an operator needs to know of its inputs may be hidden by one that nobody knows. That is no
// mistake of the model, and what follows is inferred as before; a mistake is one where ranks are known.
func TestUnknownRanksAreNoMistake(t *testing.T) {
	for _, c := range []struct {
		input string
		wrong bool
	}{{"h = my.Custom(x)", false}, {"h = Identity(x)", true}} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13, "my" : 1]>
g (float[2] x, float[3,4] w) => (y, z) { ` + c.input + ` y = Einsum<equation = "...abi,ij->...abj">(h, w) z = Relu(w) }`)
		if err != nil {
			t.Fatal(err)
		}
		err = op.InferGraph(m.Graph)
		if (err != nil) != c.wrong {
			t.Errorf("behind %q: have %v", c.input, err)
		}
		if shape := m.Graph.Value("z").Type.Shape; !c.wrong && len(shape) != 2 {
			t.Errorf("behind %q: z has shape %v", c.input, shape)
		}
	}
}
