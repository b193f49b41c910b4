package simplify

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// table is what All repeats.
func table() []passes.Pass {
	return []passes.Pass{Infer, inlineControl, resolveSequences, foldConstants(), bypassIdentity, fusePad, dropZeroStates, canonicalShapes, readParts, sliceRepeats,
		fuseBatchNorm, commonSubexpressions, DeadCode, unshareVectors}
}

func model(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse("<ir_version: 8, opset_import: [\"\" : 13]>\n" + text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// refused is the error of the driver for a table in that order, which it finds before it runs any pass.
func refused(t *testing.T, repeated []passes.Pass) error {
	return passes.Run(t.Context(), model(t, `g (float[1] x) => (float[1] y) { y = Relu(x) }`), around(repeated...))
}

// moved is the table with one pass put in front of another.
func moved(name, before string) []passes.Pass {
	tb := table()
	at := func(name string) int {
		return slices.IndexFunc(tb, func(p passes.Pass) bool { return p.Name == name })
	}
	p := tb[at(name)]
	tb = slices.Delete(tb, at(name), at(name)+1)
	return slices.Insert(tb, at(before), p)
}

func TestMisorderedTablesAreRefused(t *testing.T) {
	if err := refused(t, table()); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ name, before, want string }{
		{"fold", "infer", `fold needs "types inferred"`},
		{"identity", "infer", `identity needs "types inferred"`},
		{"identity", "fold", `identity needs "constants folded"`},
		{"shapes", "fold", `shapes needs "constants folded"`},
		{"inline", "identity", `identity needs "constants folded"`},
		{"parts", "shapes", `shapes needs "constants folded"`},
		{"repeats", "identity", `identity needs "constants folded"`},
	} {
		if err := refused(t, moved(c.name, c.before)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s before %s: have %v, want %s", c.name, c.before, err, c.want)
		}
	}
}

// outline counts the nodes of each operator, the constants and their elements.
func outline(m *graph.Model) string {
	operators, elements := map[string]int{}, 0
	for _, n := range m.Graph.Nodes {
		operators[n.OpName()]++
	}
	for _, v := range m.Graph.Initializers {
		elements += v.Const.Len()
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(operators)) {
		fmt.Fprintf(&b, "%s %d ", name, operators[name])
	}
	return fmt.Sprintf("%sconstants %d of %d elements", &b, len(m.Graph.Initializers), elements)
}

// What the passes need of their order is all that matters of it: every order that the driver takes makes the same of a model.
func TestAllOrdersThatAreTakenAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 16))
	orders := [][]passes.Pass{table()}
	for len(orders) < 8 {
		tb := table()
		r.Shuffle(len(tb), func(i, j int) { tb[i], tb[j] = tb[j], tb[i] })
		if refused(t, tb) == nil {
			orders = append(orders, tb)
		}
	}
	for _, name := range fixtures.Families() {
		want := ""
		for _, tb := range orders {
			m, err := onnx.Decode(name, fixtures.Family(name))
			if err == nil {
				err = passes.Run(t.Context(), m, around(tb...))
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch have := outline(m); {
			case want == "":
				want = have
			case have != want:
				var order []string
				for _, p := range tb {
					order = append(order, p.Name)
				}
				t.Errorf("%s, in the order %v:\nhave %s\nwant %s", name, order, have, want)
			}
		}
	}
}

// A file may claim that a Reshape changes nothing. It is not believed.
func TestTypesThatAFileClaimsAreNotBelieved(t *testing.T) {
	m := model(t, `g (float[2,6] x) => (float[3,4] y) <int64[2] to = {3, 4}> { r = Reshape(x, to)  y = Softmax(r) }`)
	claimed := m.Graph.Value("r")
	claimed.Type = m.Graph.Inputs[0].Type
	if err := passes.Run(t.Context(), m, All()); err != nil {
		t.Fatal(err)
	}
	if have := outline(m); !strings.Contains(have, "Reshape 1") {
		t.Errorf("have %s", have)
	}
}
