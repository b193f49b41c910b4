package runtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// Every operator's model gives the same results by kernels and by the reference evaluation.
func TestOperatorsRunAsTheReference(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		t.Run(o.Name, func(t *testing.T) {
			tolerance := op.Tolerance{}
			for _, n := range o.Model.Graph.Nodes {
				if d := op.Lookup(n); d != nil { // errors of one node grow in the next
					tolerance.Abs += 10 * d.Tolerance.Abs
					tolerance.Rel += 10 * d.Tolerance.Rel
				}
			}
			same(t, o.Model, fixtures.Feeds(o.Model, 2), tolerance)
		})
	}
}

// same runs the model by kernels and by the reference evaluation alone.
func same(t *testing.T, m *graph.Model, feeds map[string]*graph.Tensor, tolerance op.Tolerance) {
	t.Helper()
	var outs []map[string]*graph.Tensor
	for _, reference := range []bool{false, true} {
		s, err := runtime.Compile(m, runtime.Options{Reference: reference})
		if err != nil {
			t.Fatal(err)
		}
		outs = append(outs, run(t, s, feeds))
	}
	for _, name := range slices.Sorted(maps.Keys(outs[1])) {
		if err := near(outs[0][name], outs[1][name], tolerance); err != nil {
			t.Errorf("output %q: %v", name, err)
		}
	}
}

func near(got, want *graph.Tensor, tolerance op.Tolerance) error {
	if got.DType() != want.DType() || !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("is %v%v, want %v%v", got.DType(), got.Shape(), want.DType(), want.Shape())
	}
	if want.DType() == graph.String {
		if !slices.Equal(graph.Data[string](got), graph.Data[string](want)) {
			return fmt.Errorf("is %q, want %q", graph.Data[string](got), graph.Data[string](want))
		}
		return nil
	}
	a, _ := graph.Floats(got)
	b, ok := graph.Floats(want)
	if !ok {
		if !slices.Equal(got.Raw(), want.Raw()) {
			return fmt.Errorf("bytes differ")
		}
		return nil
	}
	for i := range a {
		if a[i] == b[i] || math.IsNaN(a[i]) && math.IsNaN(b[i]) {
			continue
		}
		if d := math.Abs(a[i] - b[i]); !(d <= tolerance.Abs+tolerance.Rel*math.Abs(b[i])) {
			return fmt.Errorf("element %d is %g, want %g", i, a[i], b[i])
		}
	}
	return nil
}

const networks = "../fixtures/models"

// images returns test images of the networks with their labels: the first 2,000 of Fashion-MNIST.
func images(t testing.TB, count int) (feeds map[string]*graph.Tensor, labels []int) {
	t.Helper()
	const dir = "../fixtures/data/"
	set, err := dataset.Load(dir+"t2k-images-idx3-ubyte.gz", dataset.Options{Mean: 0.2860, Std: 0.3530})
	if err != nil {
		t.Fatal(err)
	}
	if labels, err = dataset.LoadLabels(dir + "t2k-labels-idx1-ubyte.gz"); err != nil {
		t.Fatal(err)
	}
	all := set.Arrays[""]
	all = all.Reshaped(all.Shape()[0], 1, 28, 28)
	feeds, err = dataset.Subset(map[string]*graph.Tensor{"input": all}, 0, count)
	if err != nil {
		t.Fatal(err)
	}
	return feeds, labels[:count]
}

func network(t testing.TB, path string) *graph.Model {
	t.Helper()
	f, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return f.Model
}

func TestNetworksRunAsTheReference(t *testing.T) {
	paths, err := filepath.Glob(networks + "/*.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no networks: %v", err)
	}
	feeds, _ := images(t, 2)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if testing.Short() {
				t.Skip("the reference is slow")
			}
			t.Parallel()
			same(t, network(t, path), feeds, op.Tolerance{Abs: 2e-4, Rel: 1e-4})
		})
	}
}

// ONNX Runtime's count of right answers on the same images is the reference (fixtures/README.md).
func TestNetworksAreAsAccurateAsInONNXRuntime(t *testing.T) {
	if testing.Short() {
		t.Skip("2,000 images take seconds")
	}
	text, err := os.ReadFile(networks + "/accuracy.json")
	if err != nil {
		t.Fatal(err)
	}
	var known []struct {
		Model   string
		First   int
		Correct int `json:"correct_first"`
	}
	if err := json.Unmarshal(text, &known); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, k := range known {
		if !slices.Contains([]string{"mobilenetv2", "vit_op17"}, k.Model) && os.Getenv("POLLARD_LONG") == "" {
			continue // POLLARD_LONG=1 takes all
		}
		tried++
		t.Run(k.Model, func(t *testing.T) {
			feeds, labels := images(t, k.First)
			s, err := runtime.Compile(network(t, filepath.Join(networks, k.Model+".onnx")), runtime.Options{})
			if err != nil {
				t.Fatal(err)
			}
			last := 0
			found, err := runtime.Compare(context.Background(), []*runtime.Session{s}, held(t, s, feeds), labels, 64, func(done, _ int) { last = done })
			if err != nil {
				t.Fatal(err)
			}
			// An image whose two best classes tie may fall to either side.
			if right := math.Round(found.Accuracy[0] * float64(k.First)); math.Abs(right-float64(k.Correct)) > 1 {
				t.Errorf("%v of %d right, ONNX Runtime has %d", right, k.First, k.Correct)
			}
			if last != k.First {
				t.Errorf("progress ended at %d of %d", last, k.First)
			}
		})
	}
	if tried == 0 {
		t.Error("no network was tried")
	}
}
