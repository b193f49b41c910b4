package budget

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// network is what the tests of this package's inside solve.
type network struct {
	model  *graph.Model
	groups []*group.Group
	scores Scores
	cost   *CostModel
}

// networkOf is that of a model in the text form, whose inputs that begin with w are weights, with scores drawn by r.
func networkOf(t testing.TB, r *rand.Rand, text string) network {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range slices.Clone(m.Graph.Inputs) {
		if !strings.HasPrefix(v.Name, "w") {
			continue
		}
		m.Graph.Inputs = slices.DeleteFunc(m.Graph.Inputs, func(w *graph.Value) bool { return w == v })
		dims, _ := v.Type.Shape.Ints()
		m.Graph.SetConst(v, graph.NewTensor(v.Type.DType, dims...))
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCostModel(m, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := network{m, a.Groups, Scores{}, c}
	for _, g := range a.Groups {
		scale := 0.1 + r.Float64()
		for range g.Units {
			n.scores[g] = append(n.scores[g], scale*r.Float64()*r.Float64())
		}
	}
	return n
}

// rowOf is matrix products one behind the other, with a group of each width between two of them.
func rowOf(t testing.TB, r *rand.Rand, widths ...int) network {
	var text, nodes strings.Builder
	fmt.Fprint(&text, "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[4,3] x0")
	all := slices.Concat([]int{3}, widths, []int{5})
	for i := range len(all) - 1 {
		fmt.Fprintf(&text, ", float[%d,%d] w%d", all[i], all[i+1], i)
		fmt.Fprintf(&nodes, "x%d = MatMul(x%d, w%d)\n", i+1, i, i)
	}
	fmt.Fprintf(&text, ") => (float[4,5] x%d)\n{\n%s}", len(all)-1, nodes.String())
	return networkOf(t, r, text.String())
}

// starOf is matrix products of one input that are each multiplied once more and added up: a group of each width, of which no two
// share anything.
func starOf(t testing.TB, r *rand.Rand, widths ...int) network {
	var text, nodes strings.Builder
	fmt.Fprint(&text, "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[4,3] x")
	for i, n := range widths {
		fmt.Fprintf(&text, ", float[3,%d] w%d, float[%d,2] ww%d", n, i, n, i)
		fmt.Fprintf(&nodes, "h%d = MatMul(x, w%d)\ny%d = MatMul(h%d, ww%d)\n", i, i, i, i, i)
		if i == 0 {
			fmt.Fprint(&nodes, "s0 = Relu(y0)\n")
		} else {
			fmt.Fprintf(&nodes, "s%d = Add(s%d, y%d)\n", i, i-1, i)
		}
	}
	fmt.Fprintf(&text, ") => (float[4,2] s%d)\n{\n%s}", len(widths)-1, nodes.String())
	return networkOf(t, r, text.String())
}

// stairs makes latency that of products which are made four rows and columns at a time.
func (n network) stairs() {
	up := func(n int) int { return (n + 3) / 4 * 4 }
	var works []Work
	for _, v := range n.model.Graph.Initializers {
		works = append(works, Work{Values: []*graph.Value{v}, Time: func(e [][]int) float64 { return float64(up(e[0][0]) * up(e[0][1])) }})
	}
	n.cost.Time(works)
}

func (n network) allocation(t testing.TB, b Budget) *allocation {
	t.Helper()
	a, err := newAllocation(n.groups, n.scores, b, n.cost)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// takes is what the allocation takes with n units for group i, measured from nothing.
func (a *allocation) takes(i, n int) float64 {
	units := map[*group.Group]int{}
	for g, k := range a.kept {
		units[g] = k
	}
	units[a.groups[i]] = n
	return float64(a.Metric.Of(a.cost.Measure(units)))
}

// consistent fails where what is spent is not what the kept units take.
func (a *allocation) consistent(t testing.TB, what string) {
	t.Helper()
	if want := float64(a.Metric.Of(a.cost.Measure(a.kept))); a.spent != want {
		t.Fatalf("%s: %v is spent, the units take %v", what, a.spent, want)
	}
}

func (a *allocation) units() (all []int) {
	for _, g := range a.groups {
		all = append(all, a.kept[g])
	}
	return all
}
