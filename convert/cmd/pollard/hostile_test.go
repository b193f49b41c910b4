package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// tiny is a network of two convolutions and a product for [N,1,28,28] with ten classes: pruned in a moment.
const tiny = "testdata/tiny28.onnx"

// edited writes tiny as edit leaves it.
func edited(t *testing.T, edit func(*graph.Graph)) string {
	t.Helper()
	file, err := onnx.Read(tiny)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	edit(file.Model.Graph)
	path := filepath.Join(t.TempDir(), "edited.onnx")
	if err := onnx.Write(context.Background(), path, file.Model, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

func saved(t *testing.T, x *graph.Tensor) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := dataset.SaveNPY(path, x); err != nil {
		t.Fatal(err)
	}
	return path
}

func images(n int) *graph.Tensor {
	x := graph.NewTensor(graph.Float32, n, 1, 28, 28)
	v := graph.Data[float32](x)
	for i := range v {
		v[i] = float32(i*i%29) / 29
	}
	return x
}

// refused wants status 2, one line with what is wanted in it, and nothing left in the folder dir.
func refused(t *testing.T, dir, want string, args ...string) {
	t.Helper()
	status, stdout, stderr := invoke(t, args...)
	if status != exitBad || strings.Count(stderr, "\n") != 1 || len(stderr) > 401 || !strings.Contains(stderr, want) || stdout != "" {
		t.Errorf("%v: want status 2 and one line with %q, have status %d and %q, printed %q", args, want, status, stderr, stdout)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v: left behind: %v", args, left)
	}
}

// What a name does to a terminal it does nowhere that it is printed: in messages, tables, reports and pages.
func TestNamesAreQuotedEverywhere(t *testing.T) {
	for _, name := range []string{"\x1b[31m", "a\nb\rc", "\u202eab", "\xff\xfe\u009bm", "a\x00\x07bc"} {
		path := edited(t, func(g *graph.Graph) {
			for i, n := range g.Nodes {
				n.Name += "input" + strings.Repeat("x", i)
			}
			for _, v := range g.Values() {
				if !v.IsInput() && !v.IsOutput() {
					if err := g.Rename(v, v.Name+"input"); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if b = bytes.ReplaceAll(b, []byte("input"), []byte(name)); len(name) != len("input") || os.WriteFile(path, b, 0o666) != nil {
			t.Fatalf("%q", name)
		}
		dir := t.TempDir()
		data := saved(t, images(4))
		for _, args := range [][]string{
			{"inspect", path, "--all"},
			{"prune", path, "-o", filepath.Join(dir, "o.onnx"), "--macs", "0.6"},
			{"prune", path, "-o", filepath.Join(dir, "o.onnx"), "--macs", "1e-9"},
			{"prune", path, "-o", filepath.Join(dir, "o.onnx"), "--macs", "0.6", "--sparsity", "0.5", "--pattern", "unstructured", "--calibration", data, "--no-latency"},
			{"run", path, "--input", data, "-o", filepath.Join(dir, "outputs")},
			{"bench", path, "--runs", "1", "--nodes"},
			{"verify", path, path, "--data", saved(t, graph.NewTensor(graph.Float32, 2, 3))},
			{"verify", path, tiny, "--data", data},
			{"run", path, "--input", name},
		} {
			for _, report := range [][]string{nil, {"--json", "-"}, {"--html", "-"}} {
				if report != nil && report[0] == "--html" && (args[0] == "run" || args[0] == "inspect" || args[0] == "verify") {
					continue // they have none
				}
				status, stdout, stderr := invoke(t, append(args, report...)...)
				if status == exitBad && args[0] != "verify" && args[2] != "--input" {
					t.Fatalf("%q: %s", args, stderr)
				}
				if report != nil && report[0] == "--json" && status == exitDone && !json.Valid([]byte(stdout)) {
					t.Errorf("%q: no JSON: %s", args, stdout)
				}
				if report != nil && report[0] == "--html" {
					before, after, _ := strings.Cut(stdout, "<script>") // the libraries of the page are no names
					stdout = before + after[strings.LastIndex(after, "</script>"):]
				}
				for _, text := range []string{stdout, stderr} {
					for i, line := range strings.Split(text, "\n") {
						if line != format.Text(strings.ReplaceAll(line, "\t", "")) {
							t.Errorf("%q: %v: line %d is printed raw: %.200q", args, report, i, line)
						}
					}
					if strings.Contains(text, "a\nb") {
						t.Errorf("%q: a name began a line", args)
					}
				}
			}
		}
	}
}

// What is not to be computed with is refused by its name, its place and its value before anything is written.
func TestNaNAndInfinity(t *testing.T) {
	network := edited(t, func(g *graph.Graph) {
		w := g.Value("w2")
		v := slices.Clone(graph.Data[float32](w.Const))
		v[37] = float32(math.NaN())
		w.Const = graph.TensorOf(v, w.Const.Shape()...)
	})
	labels := filepath.Join(t.TempDir(), "labels.npy")
	if err := dataset.SaveNPY(labels, graph.TensorOf(make([]int64, 64), 64)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out, report := filepath.Join(dir, "o.onnx"), filepath.Join(dir, "r.json")
	for _, args := range [][]string{
		{"prune", network, "-o", out, "--macs", "0.6", "--json", report},
		{"prune", network, "-o", out, "--macs", "0.6", "--no-proof", "--recovery", "none", "--no-latency", "--json", report},
		{"calibrate", network, "-o", out},
		{"sweep", network, "-o", out, "--budgets", "0.5", "--calibration", saved(t, images(4)), "--eval", saved(t, images(4))},
	} {
		refused(t, dir, `initializer "w2": element [0 4 0 1] is NaN`, append(args, "--quiet")...)
	}
	for value, want := range map[float32]string{
		float32(math.NaN()): "sample 63: element [0 0 5] is NaN", float32(math.Inf(1)): "sample 63: element [0 0 5] is +Inf", -1e30: "sample 63: element [0 0 5] is -1.0000000150474662e+30",
	} {
		x := images(64)
		graph.Data[float32](x)[63*28*28+5] = value
		path := saved(t, x)
		good := saved(t, images(64))
		for _, args := range [][]string{
			{"prune", tiny, "-o", out, "--macs", "0.6", "--calibration", path, "--json", report},
			{"prune", tiny, "-o", out, "--macs", "0.6", "--eval", path, "--html", report},
			{"calibrate", tiny, "-o", out, "--data", path, "--json", report},
			{"sweep", tiny, "-o", out, "--budgets", "0.5", "--calibration", path, "--eval", good},
			{"sweep", tiny, "-o", out, "--budgets", "0.5", "--calibration", good, "--eval", path},
			{"verify", tiny, tiny, "--data", path, "--json", report},
			{"run", tiny, "--input", path, "-o", out},
		} {
			refused(t, dir, want, append(args, "--quiet")...)
		}
	}
}

// A label that is no class is named with its sample and the classes there are, before the network is run.
func TestLabelsOutsideTheClasses(t *testing.T) {
	dir := t.TempDir()
	out, data := filepath.Join(dir, "o.onnx"), saved(t, images(16))
	labels := make([]int64, 16)
	labels[11] = 10
	wrong := saved(t, graph.TensorOf(labels, 16))
	dynamic := edited(t, func(g *graph.Graph) { // the output does not say how many classes there are
		v := g.Outputs[0]
		v.Type = graph.Type{DType: v.Type.DType, Shape: graph.Shape{graph.Symbol("N"), graph.Symbol("C")}}
	})
	const want = "labels: sample 11 has label 10, and the model's classes are 0 to 9"
	for _, network := range []string{tiny, dynamic} {
		for _, args := range [][]string{
			{"prune", network, "-o", out, "--macs", "0.6", "--eval", data, "--labels", wrong},
			{"sweep", network, "-o", out, "--budgets", "0.5", "--calibration", data, "--eval", data, "--labels", wrong},
			{"verify", network, network, "--data", data, "--labels", wrong},
		} {
			refused(t, dir, want, append(args, "--quiet")...)
		}
	}
}

// Whatever a sweep finds wrong, it leaves no folder that it made; one that was there stays.
func TestARefusedSweepLeavesNoFolder(t *testing.T) {
	data := saved(t, images(4))
	dir := t.TempDir()
	for _, args := range [][]string{
		{"sweep", tiny + "x", "-o", filepath.Join(dir, "a", "b"), "--budgets", "0.5", "--calibration", data, "--eval", data},
		{"sweep", data, "-o", filepath.Join(dir, "a", "b"), "--budgets", "0.5", "--calibration", data, "--eval", data},
		{"sweep", tiny, "-o", filepath.Join(dir, "a", "b"), "--budgets", "0.5", "--calibration", data, "--eval", tiny},
		{"sweep", tiny, "-o", filepath.Join(dir, "a", "b"), "--budgets", "0.5", "--calibration", data, "--eval", data, "--dim", "N=0"},
		{"run", tiny, "--input", tiny, "-o", filepath.Join(dir, "a", "b")},
	} {
		refused(t, dir, "", append(args, "--quiet")...)
	}
	kept := filepath.Join(dir, "kept")
	if err := os.Mkdir(kept, 0o777); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := invoke(t, "sweep", tiny+"x", "-o", kept, "--budgets", "0.5", "--calibration", data, "--eval", data); status != exitBad {
		t.Errorf("status %d", status)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// Outputs that cannot all be written are not written at all.
func TestRunWritesAllOutputsOrNone(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]>
g (float[N,3] x) => (float[N,3] a, string[N,3] z) { a = Relu(x) z = Cast<to=8>(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "strings.onnx")
	if err := onnx.Write(context.Background(), path, m, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	status, _, _ := invoke(t, "run", path, "--input", saved(t, graph.NewTensor(graph.Float32, 2, 3)), "-o", filepath.Join(dir, "out"), "--quiet")
	if left, _ := os.ReadDir(dir); status != exitBad || len(left) != 0 {
		t.Errorf("status %d, left: %v", status, left)
	}
}
