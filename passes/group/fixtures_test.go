package group_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// answers asks an analysis about every axis in several ways and fails where they do not say the same. What a unit is of, on each
// member, is the slow way to say it all: positions, extents, products and factors follow from it.
func answers(t *testing.T, m *graph.Model, a *group.Analysis) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	plan, units := &group.Plan{Kept: map[*group.Group][]int{}}, map[*group.Group]int{}
	for i, g := range a.Groups {
		units[g] = g.Units
		if i%3 == 2 {
			continue // all of some are kept, and nothing is said of these
		}
		for u := range g.Units {
			if r.IntN(2) == 0 {
				plan.Kept[g] = append(plan.Kept[g], u)
			}
		}
		if plan.Kept[g] == nil {
			plan.Kept[g] = []int{g.Units - 1}
		}
		units[g] = len(plan.Kept[g])
	}
	member := map[group.Member][]*group.Group{}
	for _, g := range a.Groups {
		if len(g.Members) == 0 || g.Units < 2 || g.Kind == "" || g.Name == "" {
			t.Errorf("group %+v", g)
		}
		for _, x := range g.Members {
			if slices.Contains(member[x], g) {
				t.Errorf("%s axis %d is a member of %s twice", x.Value.Name, x.Axis, g.Name)
			}
			member[x] = append(member[x], g)
		}
	}
	for _, v := range m.Graph.Values() {
		for axis, d := range v.Type.Shape {
			x := group.Member{Value: v, Axis: axis}
			n, known := d.Value()
			if !known {
				if len(member[x]) > 0 {
					t.Errorf("%s axis %d, of an extent that is not known, has units", v.Name, axis)
				}
				continue
			}
			var want []int
			indices := map[*group.Group][]int{}
			for _, g := range member[x] {
				indices[g] = a.Units(g, x)
				if len(indices[g]) != n || !slices.Equal(indices[g], a.Indices(g.Factor(), x)) {
					t.Errorf("%s axis %d: units %v of %s", v.Name, axis, indices[g], g.Name)
				}
				if !slices.Contains(a.Factors(x), g.Factor()) {
					t.Errorf("%s axis %d: %s is no factor of it", v.Name, axis, g.Name)
				}
				seen := map[int]bool{}
				for _, u := range indices[g] {
					seen[u] = true
				}
				delete(seen, -1)
				if len(seen) != g.Units {
					t.Errorf("%s axis %d: %d of %d units of %s lie on it", v.Name, axis, len(seen), g.Units, g.Name)
				}
			}
			for at := range n {
				stays := true
				for g, in := range indices {
					if kept, cut := plan.Kept[g]; cut && in[at] >= 0 && !slices.Contains(kept, in[at]) {
						stays = false
					}
				}
				if stays {
					want = append(want, at)
				}
			}
			have := a.Kept(plan, v, axis)
			if whole := len(want) == n; whole != (have == nil) || !whole && !slices.Equal(have, want) {
				t.Errorf("%s axis %d: want %v, have %v", v.Name, axis, want, have)
			}
			if e := a.Extent(units, v, axis); e != len(want) {
				t.Errorf("%s axis %d: want an extent of %d, have %d", v.Name, axis, len(want), e)
			}
			sum := 0
			for _, p := range a.Products(v, axis) {
				size := p.Size
				for _, g := range p.Groups {
					size *= units[g]
				}
				sum += size
			}
			if sum != len(want) {
				t.Errorf("%s axis %d: want %d positions, products are %d", v.Name, axis, len(want), sum)
			}
			if w := a.Within(x, x); w != nil {
				for i, at := range w {
					if i != at {
						t.Errorf("%s axis %d: %v within itself", v.Name, axis, w)
						break
					}
				}
			}
		}
		if have := a.Kept(plan, v, len(v.Type.Shape)); have != nil {
			t.Errorf("%s has no axis %d, of which %v are kept", v.Name, len(v.Type.Shape), have)
		}
	}
	asNodesAsk(t, m, a, plan)
	reasons(t, m, a, member)
}

// asNodesAsk holds what a node is told about its axes against what is said of its values.
func asNodesAsk(t *testing.T, m *graph.Model, a *group.Analysis, plan *group.Plan) {
	t.Helper()
	for _, n := range m.Graph.Nodes {
		kept := a.KeptAt(plan, n)
		for i, v := range n.Inputs() {
			for axis := range 6 {
				var want []int
				if v != nil {
					want = a.Kept(plan, v, axis)
				}
				if have := kept(op.In(i, axis)); !slices.Equal(have, want) {
					t.Errorf("%s: input %d axis %d: want %v, have %v", n.Label(), i, axis, want, have)
				}
			}
		}
		for i, v := range n.Outputs() {
			for axis := range 6 {
				var want []int
				if v != nil {
					want = a.Kept(plan, v, axis)
				}
				if have := kept(op.Out(i, axis)); !slices.Equal(have, want) {
					t.Errorf("%s: output %d axis %d: want %v, have %v", n.Label(), i, axis, want, have)
				}
			}
		}
		if have := kept(op.Axis{Of: op.OfVirtual, Index: 1000}); have != nil {
			t.Errorf("%s has no virtual axis 1000, of which %v are kept", n.Label(), have)
		}
	}
}

// reasons: an axis of a weight or of a computed value has units or is pinned, with a reason, and never both.
func reasons(t *testing.T, m *graph.Model, a *group.Analysis, member map[group.Member][]*group.Group) {
	t.Helper()
	pinned := map[string]group.Pinned{}
	for _, p := range a.Pinned {
		if p.Reason == "" || p.Operator == "" || p.Size == "" {
			t.Errorf("pinned without a reason: %+v", p)
		}
		key := fmt.Sprint(p.Value, " ", p.Axis)
		if _, twice := pinned[key]; twice {
			t.Errorf("pinned twice: %+v", p)
		}
		pinned[key] = p
	}
	for _, v := range m.Graph.Values() {
		for axis, d := range v.Type.Shape {
			p, fixed := pinned[fmt.Sprint(v.Name, " ", axis)]
			if fixed && len(member[group.Member{Value: v, Axis: axis}]) > 0 {
				t.Errorf("%s axis %d has units and is pinned: %+v", v.Name, axis, p)
			}
			if fixed && (p.Weight != op.IsWeight(v) || p.Size != d.String()) {
				t.Errorf("%s axis %d of %v: %+v", v.Name, axis, d, p)
			}
			if n, known := d.Value(); fixed && (known && n < 2 || v.Const != nil && !op.IsWeight(v)) {
				t.Errorf("%s axis %d of %v is nothing to tell of: %+v", v.Name, axis, d, p)
			}
		}
	}
}

// Every model of the operators' fixtures has the groups that it states, and the analysis answers as its units say.
func TestOperatorsHaveTheGroupsTheyState(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		t.Run(o.Name, func(t *testing.T) {
			if err := op.InferGraph(o.Model.Graph); err != nil {
				t.Fatal(err)
			}
			a, err := group.Find(o.Model)
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, g := range a.Groups {
				said = append(said, fmt.Sprintf("%s %s %d", g.Kind, g.Name, g.Units))
			}
			if have := strings.Join(said, ", "); have != o.Groups && (have != "" || o.Groups != "none") {
				t.Errorf("have %q, the model says %q; pinned are %+v", have, o.Groups, a.Pinned)
			}
			answers(t, o.Model, a)
		})
	}
}

// The networks of fixtures/families have the groups of the table, and the analysis answers as their units say.
func TestFamiliesHaveTheGroupsOfTheTable(t *testing.T) {
	text, err := os.ReadFile("../../fixtures/golden/families.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for row := range strings.Lines(string(text)) {
		if name, groups, ok := strings.Cut(strings.TrimSpace(row), "%  "); ok && !strings.HasPrefix(row, "#") {
			rows[strings.Fields(name)[0]] = groups
		}
	}
	for _, name := range fixtures.Families() {
		t.Run(name, func(t *testing.T) {
			m, err := onnx.Decode(name, fixtures.Family(name))
			if err != nil {
				t.Fatal(err)
			}
			if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
				t.Fatal(err)
			}
			a, err := group.Find(m)
			if err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			for _, g := range a.Groups {
				count[fmt.Sprintf("%s %d", g.Kind, g.Units)]++
			}
			var said []string
			for k, n := range count {
				if n > 1 {
					k += fmt.Sprintf(" x%d", n)
				}
				said = append(said, k)
			}
			sort.Strings(said)
			if have := strings.Join(said, ", "); have != rows[name] {
				t.Errorf("have %s\nwant %s", have, rows[name])
			}
			answers(t, m, a)
		})
	}
}
