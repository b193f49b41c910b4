package surgery_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// source is the network as fixtures/op has them: weights are inputs whose names begin with w_ or p_.
func source(m *graph.Model) string {
	c, _ := m.Clone()
	c.Graph.Initializers = slices.DeleteFunc(c.Graph.Initializers, func(v *graph.Value) bool {
		if !isWeight(v) {
			return false
		}
		v.Const = nil
		c.Graph.Inputs = append(c.Graph.Inputs, v)
		return true
	})
	return c.Text()
}

// found counts what the tests saw, so that they cannot pass by seeing nothing.
type found struct{ networks, nodes, groups, cut int }

func (f *found) String() string {
	return fmt.Sprintf("%d networks of %d nodes; %d of %d groups were cut", f.networks, f.nodes, f.cut, f.groups)
}

// A network grown at random from all operators that something can be removed of: simplified or not, its groups are found, some units
// of some of them are removed, and the cut is what the mask says, as large as predicted, and the same when it was written and read.
// -rapid.checks=10000 looks at more of them.
func TestRandomNetworks(t *testing.T) {
	var f found
	seen := map[*op.Def]int{}
	property := func(r *rapid.T) {
		w, err := grow(func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "choice") }, seen)
		if err != nil {
			r.Fatal(err)
		}
		seed := rapid.Uint64Range(0, 1<<20).Draw(r, "plan")
		if err := examine(w.m, w.feeds, rand.New(rand.NewPCG(seed, 3)), &f); err != nil {
			r.Fatalf("seed %d: %v\n%s", seed, err, source(w.m))
		}
	}
	for range 8 { // of rapid's default number of checks: a few seconds
		rapid.Check(t, property)
	}
	all, _ := kinds()
	grown := 0
	for _, k := range all {
		if seen[k.def] > 0 {
			grown++
		}
	}
	if f.networks >= 500 && (f.cut < f.networks || grown*2 < len(all)) {
		t.Errorf("%v, with %d of %d operators: too few to be a test", &f, grown, len(all))
	}
	t.Logf("%v; %d of %d operators stood in them", &f, grown, len(all))
}

// Networks on which TestRandomNetworks failed once, under several plans each. They are kept as the text that it prints, shortened by
// hand: the networks that its seeds stand for are others as soon as an operator or a fixture is added.
func TestNetworksThatFailed(t *testing.T) {
	files, err := filepath.Glob("testdata/random/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m, err := graph.Parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			feeds := read(m)
			if err := op.InferGraph(m.Graph); err != nil {
				t.Fatal(err)
			}
			for seed := range uint64(20) {
				if err := examine(m, feeds, rand.New(rand.NewPCG(seed, 3)), &found{}); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

// read gives m, made by source, its weights back, and feeds for the other inputs.
func read(m *graph.Model) map[string]*graph.Tensor {
	feeds := map[string]*graph.Tensor{}
	var inputs []*graph.Value
	for _, v := range m.Graph.Inputs {
		dims := make([]int, len(v.Type.Shape))
		for i, d := range v.Type.Shape {
			if dims[i] = batch; d.Known() {
				dims[i], _ = d.Value()
			}
		}
		x := numbers(v.Name, v.Type.DType, dims)
		if strings.HasPrefix(v.Name, "w_") || strings.HasPrefix(v.Name, "p_") {
			m.Graph.SetConst(v, x)
			continue
		}
		inputs = append(inputs, v)
		feeds[v.Name] = x
	}
	m.Graph.Inputs = inputs
	return feeds
}
