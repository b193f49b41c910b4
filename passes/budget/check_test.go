package budget

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// What a budget cannot ask for is refused, and what lies on the bounds is not.
func TestBudgetsThatAreRefused(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		b    Budget
		want string
	}{
		{Budget{Metric: MACs, Keep: 1}, ""},
		{Budget{Metric: MACs, Keep: 1e-9}, ""},
		{Budget{Metric: MACs, Keep: 0}, "budget macs: want a fraction over 0 and at most 1, have 0"},
		{Budget{Metric: Params, Keep: -0.5}, "budget params: want a fraction over 0 and at most 1, have -0.5"},
		{Budget{Metric: MACs, Keep: 1.001}, "budget macs: want a fraction over 0 and at most 1, have 1.001"},
		{Budget{Metric: MACs, Keep: nan}, "budget macs: want a fraction over 0 and at most 1, have NaN"},
		{Budget{Metric: MACs, Keep: 1, Lambda: 0.5}, ""},
		{Budget{Metric: MACs, Keep: 1, Lambda: -0.5}, "lambda: want a number over 0, have -0.5"},
		{Budget{Metric: MACs, Keep: 1, Lambda: inf}, "lambda: want a number over 0, have +Inf"},
		{Budget{Metric: MACs, Keep: 1, Lambda: nan}, "lambda: want a number over 0, have NaN"},
		{Budget{Metric: Units, Keep: 1, Lambda: 0.5}, "lambda: want a budget of macs, params, bytes or latency, have units"},
		{Budget{Metric: Units, Keep: 1}, ""},
		{Budget{Metric: MACs, Keep: 1, Floor: 1}, ""},
		{Budget{Metric: MACs, Keep: 1, Floor: -0.001}, "floor: want a fraction from 0 to 1, have -0.001"},
		{Budget{Metric: MACs, Keep: 1, Floor: 1.5}, "floor: want a fraction from 0 to 1, have 1.5"},
		{Budget{Metric: MACs, Keep: 1, Floor: nan}, "floor: want a fraction from 0 to 1, have NaN"},
		{Budget{Metric: MACs, Keep: 1, RoundTo: 8}, ""},
		{Budget{Metric: MACs, Keep: 1, RoundTo: -1}, "round-to: want a positive number, have -1"},
		{Budget{Metric: MACs, Keep: 1, Exclude: []string{"a*", "b[0-9]"}}, ""},
		{Budget{Metric: MACs, Keep: 1, Exclude: []string{"a", "b["}}, `exclude: "b[" is not a pattern: syntax error in pattern`},
	} {
		err := c.b.Check()
		if c.want == "" && err != nil || c.want != "" && fmt.Sprint(err) != c.want {
			t.Errorf("%+v: want %q, have %v", c.b, c.want, err)
		}
	}
}

// Groups are left alone by their name or that of a member, whole or as a pattern. A star at the end of plain text stands for
// slashes too, which names of nodes are full of.
func TestExcludedGroups(t *testing.T) {
	g := &group.Group{Name: "/features/3/conv", Members: []group.Member{{Value: &graph.Value{Name: "weight[0]"}}, {Value: &graph.Value{Name: "out"}}}}
	for _, c := range []struct {
		pattern string
		want    bool
	}{
		{"/features/3/conv", true}, {"/features/3", false}, {"conv", false},
		{"/features/*/conv", true}, {"/features/*", true}, {"/feat*", true}, {"*", true}, {"/other*", false}, {"/features/3/conv*", true},
		{"/?eatures/*", false}, {"/?eatures/*/conv", true}, {"/*/*", false}, {"[/]features*", false}, {`\/features*`, false},
		{"out", true}, {"o*", true}, {"x*", false}, {"o?t", true}, {"weight[0]", true}, {"weight0", false}, {"", false}, {"/features/3/con", false},
	} {
		if have := (Budget{Exclude: []string{"nothing", c.pattern}}).Excluded(g); have != c.want {
			t.Errorf("%q: want %v", c.pattern, c.want)
		}
	}
	if (Budget{}).Excluded(g) {
		t.Error("nothing is excluded, and the group is")
	}
}

// A metric picks its figure.
func TestMetricsPickTheirFigures(t *testing.T) {
	c := Cost{MACs: 1, Params: 2, Bytes: 3, Units: 4, Latency: 5}
	for m, want := range map[Metric]int64{MACs: 1, Params: 2, Bytes: 3, Units: 4, Latency: 5} {
		if have := m.Of(c); have != want {
			t.Errorf("%s: want %d, have %d", m, want, have)
		}
	}
}

// A budget of units counts and cuts the groups that give way where every width is cut, and only them: of heads and their
// dimensions the heads.
func TestABudgetOfUnitsCutsWidths(t *testing.T) {
	n := networkOf(t, rand.New(rand.NewPCG(1, 1)), `<ir_version: 8, opset_import: ["" : 13]>
attention (float[5,6] x, float[6,12] w0, float[6,12] w1, float[12,6] w2, float[6,8] w3, float[8,6] w4, int64[3] wapart) => (float[5,6] y)
{
   q = MatMul(x, w0)
   k = MatMul(x, w1)
   m = Mul(q, k)
   o = MatMul(m, w2)
   h = MatMul(o, w3)
   y = MatMul(h, w4)
}`)
	if len(n.groups) < 2 {
		t.Fatalf("%d groups", len(n.groups))
	}
	// As if the first of them were one factor of an axis beside another that gives way.
	spared := n.groups[0]
	n.cost.widths[spared] = false
	total := int64(0)
	for _, g := range n.groups {
		total += int64(g.Units)
	}
	if have := n.cost.Base().Units; have != total {
		t.Errorf("want %d units, have %d", total, have)
	}
	for _, s := range []string{"uniform", "global", "error"} {
		plan, _, err := solvers[s].Solve(n.groups, n.scores, Budget{Metric: Units, Keep: 0.7}, n.cost)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Kept[spared] != nil || len(plan.Kept) == 0 {
			t.Errorf("%s: kept %v of %d groups", s, plan.Kept, len(n.groups))
		}
		plan, _, err = solvers[s].Solve(n.groups, n.scores, Budget{Metric: MACs, Keep: 0.3}, n.cost)
		if err != nil || plan.Kept[spared] == nil {
			t.Errorf("%s: %v, %v", s, plan.Kept, err)
		}
	}
}

// Half of the units of a network whose groups are all widths are half of its units.
func TestUnitsAreCounted(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 6, 10)
	if have := n.cost.Base().Units; have != 16 {
		t.Errorf("want 16, have %d", have)
	}
	if have := n.cost.Measure(map[*group.Group]int{n.groups[0]: 2}).Units; have != 12 {
		t.Errorf("want 12, have %d", have)
	}
	if have := n.cost.Measure(map[*group.Group]int{n.groups[1]: 9}).Units; have != 15 {
		t.Errorf("want 15, have %d", have)
	}
	plan, o, err := solvers["uniform"].Solve(n.groups, n.scores, Budget{Metric: Units, Keep: 0.5}, n.cost)
	if err != nil || !o.Met || o.Reached != 0.5 || len(plan.Kept[n.groups[0]]) != 3 || len(plan.Kept[n.groups[1]]) != 5 {
		t.Errorf("%+v, %v, %v", o, plan.Kept, err)
	}
}

// Solvers are looked up by name.
func TestSolversAreFoundByName(t *testing.T) {
	names := Solvers()
	for _, known := range []string{"error", "global", "lambda", "uniform"} {
		if !slices.IsSorted(names) || !slices.Contains(names, known) {
			t.Errorf("want %s among sorted names, have %v", known, names)
		}
	}
	for _, name := range Solvers() {
		if s, err := LookupSolver(name); err != nil || s.Name != name || s.Solve == nil {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	if s, err := LookupSolver("magic"); s.Solve != nil || fmt.Sprint(err) != `unknown solver "magic": want one of `+strings.Join(names, ", ") {
		t.Errorf("have %v", err)
	}
}

// A solver that weighs needs lambda, whoever calls it.
func TestLambdaNeedsLambda(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 4)
	if _, _, err := solvers["lambda"].Solve(n.groups, n.scores, Budget{Metric: MACs, Keep: 1}, n.cost); err == nil || err.Error() != "lambda: want a number over 0" {
		t.Errorf("have %v", err)
	}
	weighs, plain := solvers["lambda"], solvers["error"]
	for _, c := range []struct {
		s      Solver
		lambda float64
		ok     bool
	}{{weighs, 0, false}, {weighs, 1e-3, true}, {weighs, 1, true}, {plain, 0, true}, {plain, 1, false}, {plain, -1, false}, {plain, 1e-3, false}} {
		if err := c.s.Check(Budget{Metric: MACs, Keep: 1, Lambda: c.lambda}); (err == nil) != c.ok {
			t.Errorf("%s with %v: have %v", c.s.Name, c.lambda, err)
		}
	}
	if err := plain.Check(Budget{}); err == nil {
		t.Error("a budget of nothing passes")
	}
}

// Where no cut meets the budget, the reason is told.
func TestWhatBlocksABudgetIsCounted(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 8, 8, 8, 2)
	for _, c := range []struct {
		b    Budget
		want string
	}{
		{Budget{}, "4 groups are cut to their floor: 0 by the floor of 0 or rounding to 1, 0 excluded; the rest of the cost is pinned"},
		{Budget{Floor: 0.5, RoundTo: 2}, "4 groups are cut to their floor: 4 by the floor of 0.5 or rounding to 2, 0 excluded; the rest of the cost is pinned"},
		{Budget{Floor: 0.3, Exclude: []string{n.groups[0].Name, n.groups[3].Name}}, "4 groups are cut to their floor: 2 by the floor of 0.3 or rounding to 1, 2 excluded; the rest of the cost is pinned"},
		{Budget{Floor: 0.3}, "4 groups are cut to their floor: 3 by the floor of 0.3 or rounding to 1, 0 excluded; the rest of the cost is pinned"},
		{Budget{Steps: map[*group.Group]int{n.groups[1]: 4}}, "4 groups are cut to their floor: 1 by the floor of 0 or going by whole steps, 0 excluded; the rest of the cost is pinned"},
	} {
		if have := blocked(n.groups, c.b); have != c.want {
			t.Errorf("want %s\nhave %s", c.want, have)
		}
	}
}

// global removes what scores least in the whole network, uniform the same fraction everywhere; both as much as is asked for and no
// more than that.
func TestPlainSolversRemoveNoMoreThanAsked(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := rowOf(t, r, 5, 8, 6)
		for _, g := range n.groups {
			for u := range n.scores[g] {
				n.scores[g][u] = r.Float64()
			}
		}
		keep := 0.3 + 0.6*r.Float64()
		for _, s := range []string{"global", "uniform"} {
			plan, o, err := solvers[s].Solve(n.groups, n.scores, Budget{Metric: MACs, Keep: keep}, n.cost)
			if err != nil || !o.Met {
				t.Fatalf("%s: %+v, %v", s, o, err)
			}
			units := map[*group.Group]int{}
			for _, g := range n.groups {
				units[g] = g.Units
				if k, cut := plan.Kept[g]; cut {
					units[g] = len(k)
				}
			}
			if size := float64(n.cost.Measure(units).MACs); o.Reached != size/float64(n.cost.Base().MACs) || size > keep*float64(n.cost.Base().MACs) {
				t.Errorf("%s, seed %d: %+v, %v", s, seed, o, size)
			}
			for _, g := range n.groups { // one unit more of any group is too much
				if units[g] == g.Units {
					continue
				}
				units[g]++
				if float64(n.cost.Measure(units).MACs) <= keep*float64(n.cost.Base().MACs) {
					t.Errorf("%s, seed %d: another unit of %s fits", s, seed, g.Name)
				}
				units[g]--
			}
			if s != "global" {
				continue
			}
			// What was removed last scores less than what stays, but for what was given back.
			for _, g := range n.groups {
				for _, h := range n.groups {
					removed, stays := sorted(n.scores[g])[:g.Units-units[g]], sorted(n.scores[h])[h.Units-units[h]:]
					if len(removed) > 0 && len(stays) > 1 && removed[0] > stays[0] {
						t.Errorf("seed %d: %s lost a unit of %v, %s kept one of %v", seed, g.Name, removed[0], h.Name, stays[0])
					}
				}
			}
		}
	}
}

func sorted(scores []float64) []float64 { return slices.Sorted(slices.Values(scores)) }

// A model whose symbols are bound is counted as inference would count it with these numbers, before a cut and after.
func TestSymbolsCountAsTheNumbersTheyAreBoundTo(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,T,3] x) => (float[N,T,2] y) <float[3,4] w = {1,1,1,1,1,1,1,1,1,1,1,1}, float[4,2] u = {1,1,1,1,1,1,1,1}>
{
   a = MatMul(x, w)
   b = Relu(a)
   y = MatMul(b, u)
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
	for _, c := range []struct {
		dims  map[string]int
		times int64
	}{{nil, 1}, {map[string]int{"N": 3}, 3}, {map[string]int{"N": 2, "T": 7}, 14}} {
		model, err := NewCostModel(m, a, c.dims)
		if err != nil {
			t.Fatal(err)
		}
		if have, want := model.Base(), (Cost{MACs: c.times * (3*4 + 4*2), Params: 20, Bytes: 80, Units: 4}); have != want {
			t.Errorf("%v: want %+v, have %+v", c.dims, want, have)
		}
		if have, want := model.Measure(map[*group.Group]int{a.Groups[0]: 1}), (Cost{MACs: c.times * 5, Params: 5, Bytes: 20, Units: 1}); have != want {
			t.Errorf("%v, cut: want %+v, have %+v", c.dims, want, have)
		}
	}
	if d := m.Graph.Inputs[0].Type.Shape[0]; d.Known() {
		t.Errorf("the model itself was bound: %v", d)
	}
	// What was declared of computed values would contradict the numbers; what an unknown operator gives stays as declared.
	s, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13, "com.example": 1]>
g (float[N,3] x) => (float[N,3] y) { a = Relu(x)  b = com.example.Own(a)  y = Neg(b) }`)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.Graph.Values() {
		v.Type = graph.TensorType(graph.Float32, s.Graph.Inputs[0].Type.Shape.Clone())
	}
	Bind(s.Graph, map[string]int{"N": 5})
	var shapes []string
	for _, name := range []string{"x", "a", "b", "y"} {
		shapes = append(shapes, fmt.Sprint(s.Graph.Value(name).Type.Shape))
	}
	if have, want := strings.Join(shapes, " "), fmt.Sprint(graph.Shape{graph.Size(5), graph.Size(3)}, " ", graph.Shape(nil), " ", s.Graph.Value("b").Type.Shape, " ", graph.Shape(nil)); have != want || s.Graph.Value("b").Type.Shape == nil {
		t.Errorf("want %s, have %s", want, have)
	}
}

// Where the batch is folded into the axis of heads, its extent is as many times what the groups make up as the symbol says.
func TestAxesOfRepeatsAreCountedAsOften(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
attention (float[5,N,6] x) => (float[5,N,6] y) <float[6,12] wq = {` + strings.Repeat("1,", 71) + `1}, float[12,6] wo = {` + strings.Repeat("1,", 71) + `1}, int64[3] apart = {5, -1, 4}, int64[3] together = {5, -1, 12}>
{
   q = MatMul(x, wq)
   h = Reshape(q, apart)
   k = Transpose<perm = [1, 2, 0]>(h)
   v = Transpose<perm = [1, 0, 2]>(h)
   s = MatMul(v, k)
   o = MatMul(s, v)
   r = Transpose<perm = [1, 0, 2]>(o)
   c = Reshape(r, together)
   y = MatMul(c, wo)
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
	if len(a.Groups) == 0 || a.Groups[0].Kind != "head" {
		t.Fatalf("groups: %v", a.Groups)
	}
	for _, n := range []int64{1, 3} {
		c, err := NewCostModel(m, a, map[string]int{"N": int(n)})
		if err != nil {
			t.Fatal(err)
		}
		for _, heads := range []int64{3, 2, 1} {
			want := n * (5*6*4*heads + heads*5*5*4 + heads*5*5*4 + 5*4*heads*6)
			if have := c.Measure(map[*group.Group]int{a.Groups[0]: int(heads)}).MACs; have != want {
				t.Errorf("%d samples, %d heads: want %d, have %d", n, heads, want, have)
			}
		}
	}
}

// Units that score the same go by their index, the higher first, and a plan lists what is kept ascending.
func TestTiesGoByTheIndex(t *testing.T) {
	g := &group.Group{Name: "g", Units: 6}
	scores := Scores{g: {2, 1, 2, 3, 2, 1}}
	var order []int
	for _, u := range ranked(scores[g]) {
		order = append(order, u.index)
	}
	if want := []int{3, 0, 2, 4, 1, 5}; !slices.Equal(order, want) {
		t.Errorf("want %v, have %v", want, order)
	}
	for n, want := range map[int][]int{1: {3}, 2: {0, 3}, 3: {0, 2, 3}, 5: {0, 1, 2, 3, 4}, 6: nil} {
		if have := planOf([]*group.Group{g}, scores, map[*group.Group]int{g: n}).Kept[g]; !slices.Equal(have, want) {
			t.Errorf("%d units: want %v, have %v", n, want, have)
		}
	}
	if p := planOf([]*group.Group{g}, scores, nil); len(p.Kept) != 0 {
		t.Errorf("nothing is said of a group that keeps all: %v", p.Kept)
	}
}

// Works are timed for the uncut model, whatever the last question was, and those before are forgotten.
func TestWorksAreTimedForTheUncutModel(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 6, 4)
	v := n.model.Graph.Initializers[0]
	calls := 0
	count := func(e [][]int) float64 { calls++; return float64(e[0][0] * e[0][1]) }
	n.cost.Time([]Work{{Values: []*graph.Value{v}, Time: count}, {Values: []*graph.Value{v}, Time: count}})
	n.cost.Measure(map[*group.Group]int{n.groups[0]: 2})
	n.cost.Time([]Work{{Values: []*graph.Value{v}, Time: count}})
	if have := n.cost.Base().Latency; have != 18 {
		t.Errorf("want 18, have %d", have)
	}
	calls = 0
	if have := n.cost.Measure(map[*group.Group]int{n.groups[0]: 2}).Latency; have != 6 || calls != 1 {
		t.Errorf("want 6 from one work, have %d from %d", have, calls)
	}
}
