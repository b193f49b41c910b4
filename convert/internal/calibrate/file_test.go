package calibrate_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// collect collects what obs reads of a small network on a shard of ten samples.
func collect(t *testing.T, shard dataset.Shard) (calibrate.Header, *statistics.Set) {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[N,2] x) => (float[N,2] y)
<float[2,3] w = {1, 2, 3, 4, 5, 6}, float[3] b = {0, 1, 2}, float[3,2] v = {1, 2, 3, 4, 5, 6}>
{ h = Gemm(x, w, b)  r = Relu(h)  y = Gemm(r, v) }`)
	if err != nil {
		t.Fatal(err)
	}
	s, a, err := canonical.Simplify(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	criterion, err := saliency.Lookup("obs")
	if err != nil {
		t.Fatal(err)
	}
	stream, err := samples.SyntheticStream(s, nil, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	set, total, err := calibrate.Collect(t.Context(), s, stream, shard, calibrate.Wanted(a, s, criterion), stage.Settings{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	return calibrate.Header{
		Schema: calibrate.Schema, Model: "0123", Recipe: calibrate.Recipe{Criteria: []string{"obs"}, Source: "synthetic", Dims: map[string]int{"N": 4}},
		Samples: set.Samples, Total: total, Shard: shard,
	}, set
}

func encode(t *testing.T, h calibrate.Header, set *statistics.Set) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := calibrate.Write(t.Context(), &b, h, set); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is read writes the same bytes again.
func TestReadIsTheInverseOfWrite(t *testing.T) {
	h, set := collect(t, dataset.Whole())
	good := encode(t, h, set)
	path := filepath.Join(t.TempDir(), "statistics.npz")
	if err := os.WriteFile(path, good, 0o666); err != nil {
		t.Fatal(err)
	}
	read, same, err := calibrate.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, read, same), good) || read.Samples != 10 || read.Total != 10 {
		t.Errorf("have %+v", read)
	}
	if alone, err := calibrate.ReadHeader(path); err != nil || alone.String() != read.String() || alone.Model != "0123" {
		t.Errorf("the header alone: %+v, %v", alone, err)
	}
}

// A flipped bit or a missing end is noticed, or makes no difference.
func TestDamagedStatisticsAreRefused(t *testing.T) {
	h, set := collect(t, dataset.Whole())
	good := encode(t, h, set)
	path := filepath.Join(t.TempDir(), "damaged.npz")
	r := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for i := range 400 {
		bad := bytes.Clone(good)
		if i%4 == 0 {
			bad = bad[:r.IntN(len(bad))]
		} else {
			bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
		}
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		read, other, err := calibrate.Read(path)
		switch {
		case err == nil && !bytes.Equal(encode(t, read, other), good):
			t.Errorf("damage %d: other statistics were read", i)
		case err != nil:
			refused++
			if !strings.HasPrefix(err.Error(), path+": ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("damage %d: %v", i, err)
			}
		}
	}
	if refused < 300 {
		t.Errorf("%d of 400 damaged files were refused", refused)
	}
}

// The shards of one set of samples add up to what is collected on all of it at once.
func TestShardsAddUp(t *testing.T) {
	_, whole := collect(t, dataset.Whole())
	ha, a := collect(t, dataset.Shard{Parts: []int{1}, Of: 2})
	hb, b := collect(t, dataset.Shard{Parts: []int{2}, Of: 2})
	if err := ha.Joins(hb); err != nil {
		t.Fatal(err)
	}
	if err := a.Merge(b); err != nil {
		t.Fatal(err)
	}
	if a.Samples != whole.Samples {
		t.Errorf("want %d samples, have %d", whole.Samples, a.Samples)
	}
	want := map[string]*graph.Tensor{}
	for name, x := range whole.Tensors() {
		want[name] = x
	}
	for name, x := range a.Tensors() {
		w, _ := graph.Floats(want[name])
		h, _ := graph.Floats(x)
		if len(w) != len(h) {
			t.Fatalf("%s: want %d numbers, have %d", name, len(w), len(h))
		}
		for i := range w {
			if d := w[i] - h[i]; d > 1e-5*max(1, w[i]) || -d > 1e-5*max(1, w[i]) {
				t.Errorf("%s: element %d is %g, want %g", name, i, h[i], w[i])
			}
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	other := hb
	other.Seed++
	if err := ha.Joins(other); err == nil || !strings.Contains(err.Error(), "same recipe") {
		t.Errorf("another seed: have %v", err)
	}
}
