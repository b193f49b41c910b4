package budget_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// problem is what a solver is given.
type problem struct {
	groups []*group.Group
	scores budget.Scores
	cost   *budget.CostModel
	model  *graph.Model
}

// chain is convolutions one behind the other, with a group of the given units between any two: what a unit of one saves
// depends on how many its neighbours keep. Scores are drawn by r, on scales that differ from group to group.
func chain(t testing.TB, r *rand.Rand, widths ...int) problem {
	var text strings.Builder
	fmt.Fprint(&text, "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[1,3,8,8] x0")
	all := slices.Concat([]int{3}, widths, []int{5})
	for i := range len(all) - 1 {
		fmt.Fprintf(&text, ", float[%d,%d,1,1] w%d", all[i+1], all[i], i)
	}
	fmt.Fprintf(&text, ") => (float[1,5,8,8] x%d)\n{\n", len(all)-1)
	for i := range len(all) - 1 {
		fmt.Fprintf(&text, "x%d = Conv(x%d, w%d)\n", i+1, i, i)
	}
	return written(t, r, text.String()+"}", 1)
}

// dense is convolutions of which each reads all before it, side by side: every group is beside every other.
func dense(t testing.TB, r *rand.Rand, widths ...int) problem {
	var text, nodes strings.Builder
	fmt.Fprint(&text, "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[1,3,4,4] c0")
	wide := 3
	for i, n := range widths {
		fmt.Fprintf(&text, ", float[%d,%d,1,1] w%d", n, wide, i)
		fmt.Fprintf(&nodes, "x%d = Conv(c%d, w%d)\nc%d = Concat <axis = 1> (c%d, x%d)\n", i, i, i, i+1, i, i)
		wide += n
	}
	fmt.Fprintf(&text, ", float[5,%d,1,1] last) => (float[1,5,4,4] y)\n{\n%sy = Conv(c%d, last)\n}", wide, nodes.String(), len(widths))
	return written(t, r, text.String(), 1)
}

// branches is a product behind a product for each width, apart from each other: what a unit saves is always the same.
func branches(t testing.TB, r *rand.Rand, widths ...int) problem {
	var ins, weights, outs, nodes []string
	for i, n := range widths {
		a, b := 1+r.IntN(5), 1+r.IntN(5)
		ins = append(ins, fmt.Sprintf("float[1,%d] x%d", a, i))
		weights = append(weights, fmt.Sprintf("float[%d,%d] v%d, float[%d,%d] w%d", a, n, i, n, b, i))
		outs = append(outs, fmt.Sprintf("float[1,%d] y%d", b, i))
		nodes = append(nodes, fmt.Sprintf("h%d = MatMul(x%d, v%d)\ny%d = MatMul(h%d, w%d)\n", i, i, i, i, i, i))
	}
	return written(t, r, fmt.Sprintf("<ir_version: 8, opset_import: [\"\" : 13]>\ng (%s, %s) => (%s)\n{\n%s}", strings.Join(ins, ", "),
		strings.Join(weights, ", "), strings.Join(outs, ", "), strings.Join(nodes, "")), len(widths))
}

// written is the problem of a model in text, whose inputs but the first few are weights.
func written(t testing.TB, r *rand.Rand, text string, inputs int) problem {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	weights := m.Graph.Inputs[inputs:]
	m.Graph.Inputs = m.Graph.Inputs[:inputs]
	for _, v := range weights {
		dims, _ := v.Type.Shape.Ints()
		w := graph.NewTensor(graph.Float32, dims...)
		for i := range graph.Data[float32](w) {
			graph.Data[float32](w)[i] = r.Float32() - 0.5
		}
		m.Graph.SetConst(v, w)
	}
	s, a, err := convert.Simplify(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	c, err := budget.NewCostModel(s, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	scores := budget.Scores{}
	for _, g := range a.Groups {
		scale := 0.1 + r.Float64()
		for range g.Units {
			scores[g] = append(scores[g], scale*r.Float64()*r.Float64())
		}
	}
	return problem{a.Groups, scores, c, s}
}

// lost is the sum of the scores of what a plan removes.
func (p problem) lost(plan *group.Plan) float64 {
	lost := 0.0
	for _, g := range p.groups {
		kept, cut := plan.Kept[g]
		for u, s := range p.scores[g] {
			if cut && !slices.Contains(kept, u) {
				lost += s
			}
		}
	}
	return lost
}

// cheapest is the sum of the n lowest scores of g.
func (p problem) cheapest(g *group.Group, n int) float64 {
	sum := 0.0
	for _, s := range slices.Sorted(slices.Values(p.scores[g]))[:n] {
		sum += s
	}
	return sum
}
