package samples_test

import (
	"bytes"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
)

// batched parses a network whose first axis is n.
func batched(t *testing.T, n string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
net (float[` + n + `,10] x) => (float[` + n + `,10] y) { a = Relu(x)  b = Neg(a)  y = Add(a, b) }`)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Only a number fixes the batch, even the number that is otherwise the default.
func TestBatchOf(t *testing.T) {
	for n, want := range map[string]samples.BatchSize{
		"N": {Size: 64}, "1": {Size: 1, Fixed: true}, "7": {Size: 7, Fixed: true}, "64": {Size: 64, Fixed: true},
	} {
		have := samples.BatchOf(batched(t, n))
		if have != want {
			t.Errorf("batch %s: want %+v, have %+v", n, want, have)
		}
		for count := range 200 { // the obvious version: take whole batches away
			floor := count
			for want.Fixed && floor%want.Size != 0 {
				floor--
			}
			if have.Floor(count) != floor {
				t.Errorf("batch %s: want %d of %d samples, have %d", n, floor, count, have.Floor(count))
			}
		}
	}
}

// The peak is at Add, where its inputs and its output are live; a fixed batch counts once.
func TestLiveBytes(t *testing.T) {
	for _, n := range []string{"N", "7"} {
		if have := samples.LiveBytes(batched(t, n), nil); have != 3*10*4 {
			t.Errorf("batch %s: want 120 bytes a sample, have %d", n, have)
		}
	}
}

// A stream yields the same samples however it is cut into batches and wherever it starts.
func TestStreamsDependOnTheSampleAlone(t *testing.T) {
	m := batched(t, "N")
	synthetic, err := samples.SyntheticStream(m, nil, 600, 3) // more than one block
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := samples.Synthetic(m, nil, 600, 5)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := dataset.Held(feeds)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []samples.Stream{synthetic, samples.FromSource(memory)} {
		if s.Samples != 600 {
			t.Errorf("%s: want 600 samples, have %d", s.Source, s.Samples)
		}
		read := func(from, to, size int) []byte {
			var all []byte
			next := from
			for b, err := range s.Batches(from, to, size) {
				if err != nil {
					t.Fatal(err)
				}
				if b.First != next || b.Count > size {
					t.Errorf("%s: want at most %d samples from %d, have %d from %d", s.Source, size, next, b.Count, b.First)
				}
				next, all = next+b.Count, append(all, b.Feeds["x"].Raw()...)
			}
			return all
		}
		one := read(0, 600, 1)
		if len(one) != 600*10*4 || s.Source == "data" && !bytes.Equal(one, feeds["x"].Raw()) {
			t.Errorf("%s: have %d bytes", s.Source, len(one))
		}
		for _, c := range [][3]int{{0, 600, 64}, {0, 600, 600}, {250, 270, 7}, {599, 600, 64}} {
			if !bytes.Equal(read(c[0], c[1], c[2]), one[c[0]*40:c[1]*40]) {
				t.Errorf("%s: samples %d to %d differ in batches of %d", s.Source, c[0], c[1], c[2])
			}
		}
	}
}

// A model for batches of 7 gets whole batches of made-up inputs.
func TestSyntheticStreamFillsBatches(t *testing.T) {
	s, err := samples.SyntheticStream(batched(t, "7"), nil, 30, 0)
	if err != nil || s.Samples != 35 {
		t.Errorf("want 35 samples, have %d, %v", s.Samples, err)
	}
}
