package defaults_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/graph"
)

// convolution is a network of one convolution on images of the given side.
func convolution(t *testing.T, side string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,8,` + side + `,` + side + `] x, float[8,8,3,3] w) => (float[N,8,A,B] y) { y = Conv<pads = [1, 1, 1, 1]>(x, w) }`)
	if err != nil {
		t.Fatal(err)
	}
	w := m.Graph.Value("w")
	m.Graph.Inputs = m.Graph.Inputs[:1]
	m.Graph.SetConst(w, graph.NewTensor(graph.Float32, 8, 8, 3, 3))
	return m
}

// Made-up inputs serve a small network, and fewer of them a large one. A vast one is cut by its weights
// and left unrepaired. Both get a note, unless data or the user say otherwise.
func TestResolve(t *testing.T) {
	small, large := convolution(t, "8"), convolution(t, "1024")
	for _, c := range []struct {
		name                string
		m                   *graph.Model
		request             defaults.Request
		criterion, recovery string
		note                bool
	}{
		{"small", small, defaults.Request{Recovery: "auto"}, "", "leastsquares", false},
		{"large", large, defaults.Request{Recovery: "auto"}, "", "leastsquares", true},
		{"vast", large, defaults.Request{Recovery: "auto", Work: 1e8}, "l2", "none", true},
		{"vast, its criterion named", large, defaults.Request{Criterion: "l1", Recovery: "auto", Work: 1e8}, "l1", "none", true},
		{"large, with data", large, defaults.Request{Recovery: "auto", Data: true}, "", "leastsquares", false},
		{"large, with statistics", large, defaults.Request{Recovery: "auto", Statistics: true}, "", "merge", false},
		{"large, a repair named", large, defaults.Request{Recovery: "bias"}, "", "bias", false},
		{"large, a solver of errors named", large, defaults.Request{Solver: "error", Recovery: "auto"}, "", "leastsquares", false},
		{"small, no repair wanted", small, defaults.Request{Recovery: "none"}, "", "none", false},
	} {
		if c.request.Work == 0 {
			c.request.Work = 2e10
		}
		have := defaults.Resolve(c.m, c.request, nil)
		if have.Criterion != c.criterion || have.Recovery != c.recovery || strings.Contains(have.Note, "--calibration") != c.note {
			t.Errorf("%s: have %+v", c.name, have)
		}
	}
}

// The number of made-up inputs shrinks with the work before it is given up.
func TestResolveMakesUpFewerInputsForMoreWork(t *testing.T) {
	last := 1 << 30
	for _, side := range []string{"8", "64", "256", "512"} {
		have := defaults.Resolve(convolution(t, side), defaults.Request{Recovery: "auto", Work: 2e10}, nil)
		if have.Recovery == "none" {
			break
		}
		if have.Synthetic > last || have.Synthetic < 16 {
			t.Errorf("side %s: %d inputs, %d for less work", side, have.Synthetic, last)
		}
		last = have.Synthetic
	}
	if last >= 256 {
		t.Errorf("the number of inputs never fell from %d", last)
	}
}

func TestRecovers(t *testing.T) {
	for name, want := range map[string]bool{"": false, "none": false, "bias": true, "auto": true} {
		if defaults.Recovers(name) != want {
			t.Errorf("%q: want %v", name, want)
		}
	}
}
