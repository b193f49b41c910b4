package convert_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// golden writes the table of what is found in every family again.
var golden = flag.Bool("golden", false, "write fixtures/golden/families.txt again")

const familyTable = "../fixtures/golden/families.txt"

// familyDims gives the extents of symbols when a family runs: none is 1, and no two are equal.
var familyDims = map[string]int{"S": 5, "T": 4, "P": 3, "H": 16, "W": 12}

func familyModel(t *testing.T, name string) *graph.Model {
	t.Helper()
	m, err := onnx.Decode(name, fixtures.Family(name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// found lists groups by kind and units: "head 4 x2, neuron 28".
func found(groups []*group.Group) string {
	count := map[string]int{}
	for _, g := range groups {
		count[fmt.Sprintf("%s %d", g.Kind, g.Units)]++
	}
	var all []string
	for k, n := range count {
		if n > 1 {
			k += fmt.Sprintf(" x%d", n)
		}
		all = append(all, k)
	}
	sort.Strings(all)
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// touched returns the share of weight elements that belong to some group.
func touched(m *graph.Model, a *group.Analysis) float64 {
	free := map[*graph.Value]bool{}
	for _, g := range a.Groups {
		for _, x := range g.Members {
			free[x.Value] = true
		}
	}
	in, all := 0, 0
	for _, v := range m.Graph.Values() {
		if v.Const == nil || !v.Type.DType.IsFloat() {
			continue
		}
		all += v.Const.Len()
		if free[v] {
			in += v.Const.Len()
		}
	}
	return float64(in) / float64(max(1, all))
}

// The groups found in each network of fixtures/families match a table that a person has checked;
// its head says what it must contain. -golden writes the table again.
func TestFamiliesHaveTheGroupsOfTheTable(t *testing.T) {
	lines := map[string]string{}
	for _, name := range fixtures.Families() {
		s, a, err := convert.Simplify(t.Context(), familyModel(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range a.Pinned {
			if p.Reason == "" || p.Operator == "" {
				t.Errorf("%s: %s axis %d is pinned without a reason", name, p.Value, p.Axis)
			}
		}
		lines[name] = fmt.Sprintf("%-22s %5.1f%%  %s", name, 100*touched(s, a), found(a.Groups))
	}
	have, err := os.ReadFile(familyTable)
	if err != nil && !*golden {
		t.Fatal(err)
	}
	var head, rows []string
	for _, l := range strings.Split(strings.TrimSpace(string(have)), "\n") {
		if strings.HasPrefix(l, "#") {
			head = append(head, l)
		} else if l != "" {
			rows = append(rows, l)
		}
	}
	var want []string
	for _, name := range fixtures.Families() {
		want = append(want, lines[name])
	}
	if *golden {
		if err := os.WriteFile(familyTable, []byte(strings.Join(append(head, want...), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, l := range want {
		if !slices.Contains(rows, l) {
			t.Errorf("have %s\nnot in %s, which has for it\n     %s", l, familyTable, rowOf(rows, strings.Fields(l)[0]))
		}
	}
	if len(rows) != len(want) {
		t.Errorf("the table has %d rows, there are %d networks", len(rows), len(want))
	}
}

// rowOf returns the row of a name, or a note that there is none.
func rowOf(rows []string, name string) string {
	for _, r := range rows {
		if strings.HasPrefix(r, name+" ") {
			return r
		}
	}
	return "no row"
}

// The same network exported differently has the same groups: another opset, BatchNormalization
// kept, constants not folded, axes fixed, Gemm instead of MatMul and Add, or fused by ONNX
// Runtime's optimizer.
func TestFamiliesHaveTheSameGroupsHoweverExported(t *testing.T) {
	for _, name := range fixtures.Families() {
		base, _, variant := strings.Cut(name, "-")
		if !variant {
			continue
		}
		var kinds [2]string
		for i, n := range []string{base, name} {
			_, a, err := convert.Simplify(t.Context(), familyModel(t, n))
			if err != nil {
				t.Fatalf("%s: %v", n, err)
			}
			groups := a.Groups
			if strings.HasSuffix(name, "-ort") { // fused rotary embeddings pin their dimensions
				groups = slices.DeleteFunc(slices.Clone(groups), func(g *group.Group) bool { return g.Kind == "head dimension" })
			}
			kinds[i] = found(groups)
		}
		if kinds[0] != kinds[1] {
			t.Errorf("%s: want %s, have %s", name, kinds[0], kinds[1])
		}
	}
}

// Every family is cut to half its units and to half its multiply-accumulates, and the cut is
// proven.
func TestFamiliesAreCutAndProven(t *testing.T) {
	for _, name := range fixtures.Families() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, b := range []struct {
				metric budget.Metric
				solver string
			}{{budget.Units, "uniform"}, {budget.MACs, "global"}} {
				c := convert.Config{Budget: budget.Budget{Metric: b.metric, Keep: 0.5, Floor: 0.1}, Solver: b.solver, Criterion: "l2", Recovery: convert.NoRecovery, Threads: 1, Dims: familyDims}
				r, err := convert.PruneModel(t.Context(), familyModel(t, name), c, convert.Samples{}, nil)
				if err != nil {
					t.Errorf("%s: %v", b.metric, err)
					continue
				}
				if !r.Proof.Passed || !r.Proof.Predicted {
					t.Errorf("%s: proof %+v", b.metric, r.Proof)
				}
			}
		})
	}
}
