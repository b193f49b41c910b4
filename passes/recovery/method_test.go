package recovery

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/passes/linear"
)

// The tests of this package go through All, and would pass with nothing to go through.
func TestAllMethodsAreListed(t *testing.T) {
	var names []string
	for _, m := range All() {
		names = append(names, m.Name)
		if found, err := Lookup(m.Name); err != nil || found.Name != m.Name || m.Apply == nil || m.Doc == "" {
			t.Errorf("%s: %+v, %v", m.Name, found, err)
		}
	}
	for _, known := range []string{"bias", "leastsquares", "merge", "variance"} {
		if !slices.IsSorted(names) || !slices.Contains(names, known) {
			t.Errorf("want %s among sorted names, have %v", known, names)
		}
	}
}

// What a method reports as taken is in the weights of the node, and what it does not is as it was.
func TestRepairsThatAreTakenAreWritten(t *testing.T) {
	for _, m := range All() {
		in := halved(t, weighted(t, networks["residual"]))
		in.Feeds = feedsOf(in.Original, 4, 30, 1)
		was, _ := in.Cut.Clone()
		repairs, err := m.Apply(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		taken := map[string]bool{}
		for _, r := range repairs {
			taken[r.Node] = r.Taken
		}
		some := false
		for _, n := range in.Cut.Graph.Nodes {
			l, before := linear.Of(n), linear.Of(nodeCalled(was, n.Title()))
			if l == nil {
				continue
			}
			moved := apart(l.Weights(), before.Weights()) > 0 || l.HasBias && apart(l.Bias(), before.Bias()) > 0
			if moved != taken[n.Title()] {
				t.Errorf("%s, %s: taken is %v, changed is %v", m.Name, n.Title(), taken[n.Title()], moved)
			}
			some = some || moved
		}
		if !some {
			t.Errorf("%s repairs nothing", m.Name)
		}
	}
}

// A change is one of numbers, and there.
func TestFiniteChanges(t *testing.T) {
	for _, c := range []struct {
		d    []float64
		want bool
	}{{nil, false}, {[]float64{}, true}, {[]float64{1, -2}, true}, {[]float64{1, math.NaN()}, false}, {[]float64{math.Inf(-1), 1}, false}, {[]float64{0, math.Inf(1)}, false}} {
		if have := finite(c.d); have != c.want {
			t.Errorf("%v: want %v", c.d, c.want)
		}
	}
}

// The error about an unknown method names those there are.
func TestAnUnknownMethodIsToldTheKnownOnes(t *testing.T) {
	_, err := Lookup("fine-tuning")
	if err == nil || !strings.Contains(err.Error(), `"fine-tuning"`) {
		t.Fatalf("have %v", err)
	}
	for _, m := range All() {
		if !strings.Contains(err.Error(), m.Name) {
			t.Errorf("%s is not named: %v", m.Name, err)
		}
	}
}
