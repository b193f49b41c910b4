package dataset_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// signature returns the inputs and outputs of a model, of which text has the types.
func signature(t *testing.T, in, out string) (inputs, outputs []*graph.Value) {
	t.Helper()
	names := strings.Join(namesIn(out), ", ")
	m, err := graph.Parse(fmt.Sprintf(`<ir_version: 8, opset_import: ["" : 17, "any" : 1]> g (%s) => (%s) { %s = any.Any() }`, in, strings.ReplaceAll(out, ";", ","), names))
	if err != nil {
		t.Fatal(err)
	}
	return m.Graph.Inputs, m.Graph.Outputs
}

func namesIn(types string) (names []string) {
	for _, part := range strings.Split(types, "; ") {
		names = append(names, part[strings.LastIndexByte(part, ' ')+1:])
	}
	return names
}

// Inputs that the data have nothing for are paired with outputs by what their names say, as published streaming
// models have them, and else by shapes that say one thing only.
func TestStatesAreGuessed(t *testing.T) {
	path := npz(t, map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 2, 3, 8)})
	for _, c := range []struct{ in, out, want string }{
		{"float[N,8] x, float[2,N,4] state", "float[N,1] output, float[A,N,B] stateN", "stateN=state[2 1 4] guessed by names"},
		{"float[1,8] x, float[1,1,4] h, float[1,1,4] c", "float[1,1] y, float[1,M,4] hn, float[1,M,4] cn", "hn=h[1 1 4] guessed by names cn=c[1 1 4] guessed by names"},
		{"float[1,8] x, float[1,4] h0", "float[1,1] y, float[1,4] hn", "hn=h0[1 4] guessed by names"},
		{"float[1,8] x, float[1,4] conv_cache, float[1,4] tra_cache", "float[1,1] y, float[1,4] tra_cache_out, float[1,4] conv_cache_out", "conv_cache_out=conv_cache[1 4] guessed by names tra_cache_out=tra_cache[1 4] guessed by names"},
		{"float[1,8] x, float[1,4] r1i, float[1,4] r2i", "float[1,1] y, float[1,4] r1o, float[1,4] r2o", "r1o=r1i[1 4] guessed by names r2o=r2i[1 4] guessed by names"},
		{"float[1,8] x, float[1,4] in_state_0, float[1,4] in_state_1", "float[1,1] y, float[1,4] out_state_0, float[1,4] out_state_1", "out_state_0=in_state_0[1 4] guessed by names out_state_1=in_state_1[1 4] guessed by names"},
		{"float[1,8] x, float[1,4] a", "float[1,1] y, float[1,4] b", "b=a[1 4] guessed by shapes"},
		{"float[1,8] x, float[1,4] a", "float[1,4] y", ""},                                                 // an answer, not a state
		{"float[1,8] x, float[1,4] a", "float[1,1] y, float[1,4] b, float[1,4] d", ""},                     // which of the two?
		{"float[1,8] x, float[1,4] a, float[1,4] e", "float[1,1] y, float[1,4] b", ""},                     // the same
		{"float[1,8] x, float[N,4] a", "float[1,1] y, float[N,4] b", ""},                                   // any extent
		{"float[1,8] x, float[1,4] h", "float[1,1] y, float[1,5] hn", ""},                                  // another shape
		{"float[1,8] x, int64[1,4] h", "float[1,1] y, float[1,4] hn", ""},                                  // another type
		{"float[1,8] x", "float[1,8] y", ""},                                                               // nothing is missing
		{"float[1,8] x, float[1,4] input", "float[1,1] y, float[1,4] output, float[1,4] other_output", ""}, // names that say nothing
	} {
		in, out := signature(t, c.in, strings.ReplaceAll(c.out, ", ", "; "))
		states, err := dataset.States(path, dataset.Options{States: dataset.StateOptions{Outputs: out}}, in)
		var have []string
		for _, s := range states {
			have = append(have, fmt.Sprintf("%s=%s%v %s", s.Output, s.Input, s.Shape, s.By))
		}
		if err != nil || strings.Join(have, " ") != c.want {
			t.Errorf("%s => %s: want %q, have %q (%v)", c.in, c.out, c.want, have, err)
		}
	}
	// Sounds have no name, so that one input is left to them.
	for _, c := range []struct{ in, out, want string }{
		{"float[1,8] x, float[1,8] h", "float[1,8] hn, float[1,8] y", "h"},
		{"float[1,8] a, float[1,8] b", "float[1,9] y, float[1,8] c", "b"},
		{"float[1,8] sound, float[1,4] h", "float[1,8] sound_out, float[1,4] hn", "h"},
	} {
		in, out := signature(t, c.in, strings.ReplaceAll(c.out, ", ", "; "))
		states, err := dataset.States("testdata/sounds", dataset.Options{States: dataset.StateOptions{Outputs: out}}, in)
		if err != nil || len(states) != 1 || states[0].Input != c.want {
			t.Errorf("%s => %s: want %q, have %+v (%v)", c.in, c.out, c.want, states, err)
		}
	}
}

// npz writes arrays.
func npz(t *testing.T, arrays map[string]*graph.Tensor) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.npz")
	var b bytes.Buffer
	err := dataset.WriteNPZ(context.Background(), &b, func(yield func(string, *graph.Tensor) bool) {
		for name, a := range arrays {
			if !yield(name, a) {
				return
			}
		}
	})
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func streaming(t *testing.T, given ...[2]string) (dataset.Options, []*graph.Value) {
	in, out := signature(t, "float[N,8] x, float[2,N,4] h, int64 k", "float[N,1] y; float[2,N,4] hn")
	return dataset.Options{States: dataset.StateOptions{Outputs: out, Given: given}}, in
}

// Arrays have an axis of sequences and one of calls; what goes with every call has neither.
func TestCallsOfArrays(t *testing.T) {
	x := make([]float32, 2*3*8)
	for i := range x {
		x[i] = float32(i)
	}
	opt, in := streaming(t)
	for name, shape := range map[string][]int{"without an axis of samples": {2, 3, 8}, "with it": {2, 3, 1, 8}} {
		path := npz(t, map[string]*graph.Tensor{"x": graph.TensorOf(x, shape...), "k": graph.TensorOf([]int64{7}), "labels": graph.TensorOf([]int64{4, 5}, 2)})
		d, err := dataset.OpenData(path, "", opt, in)
		if err != nil {
			t.Fatal(name, err)
		}
		defer d.Close()
		if c := d.Samples.(*dataset.Calls); c.Count() != 6 || c.Sequences() != 2 || !slices.Equal(d.Labels, []int{4, 4, 4, 5, 5, 5}) {
			t.Errorf("%s: %d calls, %d sequences, labels %v", name, c.Count(), c.Sequences(), d.Labels)
		}
		for _, of := range []int{4, 0, 5, 2} {
			feeds, err := d.Samples.Read([]int{of})
			if err != nil {
				t.Fatal(err)
			}
			have := feeds["x"]
			if feeds["h"] != nil || !slices.Equal(have.Shape(), []int{1, 8}) || graph.Data[float32](have)[0] != float32(8*of) || graph.Data[int64](feeds["k"])[0] != 7 {
				t.Errorf("%s: call %d has %v", name, of, feeds)
			}
		}
	}
}

// Frames of a sound follow each other at the hop, with what came before in front, and zeros where there is nothing.
func TestCallsOfSounds(t *testing.T) {
	in, out := signature(t, "float[N,T] x, int64 sr, float[1,N,4] h", "float[N,1] y; float[1,N,4] hn")
	whole, err := dataset.Load("testdata/expected/sounds.npz", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const frame, hop = 48, 32
	d, err := dataset.OpenData("testdata/sounds", "", dataset.Options{States: dataset.StateOptions{Outputs: out, Frame: frame, Hop: hop}}, in)
	if err != nil {
		t.Fatal(err)
	}
	c := d.Samples.(*dataset.Calls)
	rate, _, _, input := c.Rate()
	if input != "sr" {
		t.Errorf("the rate goes to %q", input)
	}
	names := c.Sounds().Names()
	for call := range c.Count() {
		sequence, n := c.At(call)
		want := graph.Data[float32](whole.Arrays[names[sequence]])
		feeds, err := d.Samples.Read([]int{call})
		if err != nil {
			t.Fatal(err)
		}
		if r := graph.Data[int64](feeds["sr"]); len(r) != 1 || r[0] != int64(rate) {
			t.Errorf("the rate is %v", r)
		}
		x := graph.Data[float32](feeds["x"])
		if len(x) != frame {
			t.Fatalf("a frame of %d", len(x))
		}
		for k, v := range x {
			expect := float32(0)
			if at := n*hop - (frame - hop) + k; at >= 0 && at < len(want) {
				expect = want[at]
			}
			if v-expect > 1e-7 || expect-v > 1e-7 {
				t.Fatalf("%s, call %d, %d: want %v, have %v", names[sequence], n, k, expect, v)
			}
		}
	}
	from, to := c.Bounds(0)
	if n := len(graph.Data[float32](whole.Arrays[names[0]])); to-from != (n+hop-1)/hop {
		t.Errorf("%d calls of %d samples", to-from, n)
	}
}

// What is wrong with states, or with the data for them, is said.
func TestStateErrors(t *testing.T) {
	good := map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 2, 3, 8), "k": graph.TensorOf([]int64{7})}
	with := func(name string, a *graph.Tensor) map[string]*graph.Tensor {
		all := map[string]*graph.Tensor{name: a}
		for n, x := range good {
			if n != name {
				all[n] = x
			}
		}
		return all
	}
	for want, c := range map[string]struct {
		arrays map[string]*graph.Tensor
		given  [2]string
	}{
		`state: hm=h: want the name of an output, have "hn", "y"`:                                                                  {good, [2]string{"hm", "h"}},
		`state: hn=g: want the name of an input, have "h", "k", "x"`:                                                               {good, [2]string{"hn", "g"}},
		`state: y=h: want an output that fits the input, float[2,N,4], have float[N,1]`:                                            {good, [2]string{"y", "h"}},
		`has an array for the input "h", which is a state that starts with zeros and is carried from "hn"`:                         {with("h", graph.NewTensor(graph.Float32, 2, 3, 2, 1, 4)), [2]string{"hn", "h"}},
		`input "x": want float[sequences,calls,1,8], have samples of float[8]; a model with states wants arrays [sequences,calls,`: {with("x", graph.NewTensor(graph.Float32, 2, 8)), [2]string{"hn", "h"}},
		`want one label for each of 2 sequences or 6 calls, have 5`:                                                                {with("labels", graph.NewTensor(graph.Int64, 5)), [2]string{"hn", "h"}},
	} {
		opt, in := streaming(t, c.given)
		_, err := dataset.OpenData(npz(t, c.arrays), "", opt, in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, have %v", want, err)
		}
	}
	opt, in := streaming(t, [2]string{"hn", "h"})
	if _, err := dataset.OpenData("testdata/sounds", "", opt, in[:2]); err != nil {
		t.Error(err)
	}
	opt.States.Hop = 9
	if _, err := dataset.OpenData("testdata/sounds", "", opt, in[:2]); err == nil || !strings.Contains(err.Error(), "want a hop of at most the frame, 8 samples, have 9") {
		t.Error(err)
	}
	open, out := signature(t, "float[N,T] x, float[1,N,4] h", "float[N,1] y; float[1,N,4] hn")
	if _, err := dataset.OpenData("testdata/sounds", "", dataset.Options{States: dataset.StateOptions{Outputs: out}}, open); err == nil || !strings.Contains(err.Error(), "--frame says it") {
		t.Error(err)
	}
}
