package plan

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

func parse(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17, "own" : 1]> ` + text)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	return m
}

// The solver follows the criterion and the budget, and the criterion whether the model runs.
func TestChoose(t *testing.T) {
	runs := parse(t, `g (float[N,2] x) => (float[N,2] y) { y = Relu(x) }`)
	unknown := parse(t, `g (float[N,2] x) => (float[N,2] y) { y = own.Mystery(x) }`)
	macs, units := budget.Budget{Metric: budget.MACs, Keep: 0.5}, budget.Budget{Metric: budget.Units, Keep: 0.5}
	for _, c := range []struct {
		name              string
		m                 *graph.Model
		o                 Options
		criterion, solver string
	}{
		{"by default", runs, Options{Budget: macs}, "obs", "error"},
		{"of units", runs, Options{Budget: units}, "obs", "uniform"},
		{"by magnitude", runs, Options{Budget: macs, Criterion: "l1"}, "l1", "uniform"},
		{"normalized", runs, Options{Budget: macs, Normalization: "max"}, "obs", "uniform"},
		{"named", runs, Options{Budget: units, Criterion: "obs", Solver: "error"}, "obs", "error"},
		{"of what does not run", unknown, Options{Budget: macs}, "l2", "uniform"},
	} {
		ch, err := c.o.Choose(c.m, stage.Settings{})
		if err != nil || ch.Criterion.Name != c.criterion || ch.Solver.Name != c.solver || ch.Runs != (c.m == runs) {
			t.Errorf("%s: want %s by %s, have %s by %s, runs %v, %v", c.name, c.criterion, c.solver, ch.Criterion.Name, ch.Solver.Name, ch.Runs, err)
		}
	}
}

func TestCheckRefusesWhatDoesNotGoTogether(t *testing.T) {
	half := budget.Budget{Metric: budget.MACs, Keep: 0.5}
	priced := budget.Budget{Metric: budget.MACs, Keep: 1, Lambda: 1}
	for _, c := range []struct {
		o       Options
		initial bool
		want    string
	}{
		{Options{Budget: half}, false, ""},
		{Options{Budget: half, Criterion: "change"}, true, ""},
		{Options{Budget: half, Criterion: "change"}, false, "want --initial"},
		{Options{Budget: half}, true, "criterion obs does not read it"},
		{Options{Budget: half, Criterion: "change", Rounds: 2}, true, "rounds: criterion change"},
		{Options{Budget: half, Rounds: -1}, false, "rounds: want 0 or more"},
		{Options{Budget: priced, Solver: "lambda", Criterion: "l2"}, false, "want a criterion whose scores are errors"},
		{Options{Budget: half, Solver: "luck"}, false, "unknown solver"},
		{Options{Budget: half, Criterion: "luck"}, false, "unknown criterion"},
	} {
		if err := c.o.Check(c.initial); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v, initial %v: want %q, have %v", c.o, c.initial, c.want, err)
		}
	}
}

// Two plans one after the other remove what one composed plan does: unit u of the second is the
// u-th that the first kept.
func TestCompose(t *testing.T) {
	m := parse(t, `g (float[N,2] x) => (float[N,1] y)
<float[2,5] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, float[5,1] v = {1, 2, 3, 4, 5}> { h = MatMul(x, w)  r = Relu(h)  y = MatMul(r, v) }`)
	first, err := group.FindContext(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	g := first.Groups[0]
	smaller := parse(t, `g (float[N,2] x) => (float[N,1] y)
<float[2,3] w = {1, 3, 5, 6, 8, 10}, float[3,1] v = {1, 3, 5}> { h = MatMul(x, w)  r = Relu(h)  y = MatMul(r, v) }`)
	then, err := group.FindContext(t.Context(), smaller)
	if err != nil {
		t.Fatal(err)
	}
	earlier := &group.Plan{Kept: map[*group.Group][]int{g: {0, 2, 4}}}
	p, err := compose(m, first, earlier, then, &group.Plan{Kept: map[*group.Group][]int{then.Groups[0]: {1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if kept := p.Kept[g]; len(kept) != 2 || kept[0] != 2 || kept[1] != 4 {
		t.Errorf("want units 2 and 4, have %v", kept)
	}
	if len(earlier.Kept[g]) != 3 {
		t.Errorf("the earlier plan became %v", earlier.Kept[g])
	}
	if _, err := compose(m, first, &group.Plan{Kept: map[*group.Group][]int{g: {0}}}, then, p); err != nil {
		t.Errorf("a plan that leaves the group alone: %v", err)
	}
	wrong := &group.Plan{Kept: map[*group.Group][]int{then.Groups[0]: {0}}}
	if _, err := compose(m, first, &group.Plan{Kept: map[*group.Group][]int{g: {0}}}, then, wrong); err == nil || !strings.Contains(err.Error(), "has 3 units") {
		t.Errorf("have %v", err)
	}
}
