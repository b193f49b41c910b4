package surgery_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// Types that the plan predicts are held against those that inference finds on the cut graph: a rule that couples one thing and
// infers another would go unnoticed otherwise. No rule does, so that here the graph is changed behind the analysis's back: what
// it says of t is what t was.
func TestWhatIsInferredOtherwiseThanPredictedIsAnError(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(n *graph.Node)
		want   string
	}{
		{"as predicted", func(*graph.Node) {}, ""},
		{"an extent", func(n *graph.Node) { n.Attr("perm").Ints = []int64{2, 0, 1} }, `value "t": predicted [3,2,2], inferred [2,3,2]`},
		{"another axis", func(n *graph.Node) {
			n.Op, n.Version, n.Attrs = "Unsqueeze", 11, []*graph.Attr{graph.IntsAttr("axes", 3)}
		}, `value "t": predicted [3,2,2], inferred [3,2,2,1]`},
		{"no type at all", func(n *graph.Node) { n.Attr("perm").Ints = []int64{0, 1} }, "after the cut: "},
		{"the rank", func(n *graph.Node) { n.Op = "Flatten" }, `value "t": predicted [3,2,2], inferred [3,4]`},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]>
g (float[3,2,5] x) => (float s) <float[5,4] w = {` + strings.Repeat("1, ", 19) + `1}>
{
   h = MatMul(x, w)
   t = Transpose<perm = [0, 2, 1]>(h)
   s = ReduceSum<keepdims = 0>(t)
}`)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		a, err := group.Find(m)
		if err != nil {
			t.Fatal(err)
		}
		p := &group.Plan{Kept: map[*group.Group][]int{a.Groups[0]: {1, 3}}}
		c.change(m.Graph.Nodes[1])
		_, err = surgery.Cut(m, a, p)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%s: want %s, have %v", c.name, c.want, err)
		}
	}
}
