package main

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
)

// The broken files are put together field by field, because no writer would
// write them. The numbers are those of onnx.proto.

func field(number protowire.Number, contents []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), contents)
}

func str(number protowire.Number, s string) []byte { return field(number, []byte(s)) }

func integer(number protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), uint64(v))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// relu is a NodeProto that computes out from in.
func relu(in, out string) []byte {
	return field(1, join(str(1, in), str(2, out), str(3, "node_"+out), str(4, "Relu")))
}

// floats is a TensorProto of float elements.
func floats(name string, raw int, dims ...int64) []byte {
	var b []byte
	for _, d := range dims {
		b = append(b, integer(1, d)...)
	}
	return field(5, join(b, integer(2, 1), str(8, name), field(9, make([]byte, raw))))
}

// outside is a TensorProto whose elements lie in another file.
func outside(name, location string) []byte {
	return field(5, join(integer(1, 4), integer(2, 1), str(8, name), integer(14, 1),
		field(13, join(str(1, "location"), str(2, location)))))
}

// valueInfo is a ValueInfoProto of type float[4].
func valueInfo(number protowire.Number, name string) []byte {
	shape := field(2, field(1, integer(1, 4)))
	return field(number, join(str(1, name), field(2, field(1, join(integer(1, 1), shape)))))
}

// model is a ModelProto with input x, output y and the given parts of the graph.
func model(parts ...[]byte) []byte {
	g := join(str(2, "g"), join(parts...), valueInfo(11, "x"), valueInfo(12, "y"))
	return join(integer(1, 8), field(7, g), field(8, integer(2, 13)))
}

func TestBrokenModelsAreOneLineAndStatusTwo(t *testing.T) {
	whole, err := os.ReadFile("../../../fixtures/models/mobilenetv2.onnx")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"not a protobuf", []byte("This is no model at all, it is a sentence."), ""},
		{"empty", nil, "empty"},
		{"truncated", whole[:len(whole)/2], ""},
		{"a cycle", model(relu("b", "a"), relu("a", "b"), relu("b", "y")), "cycle"},
		{"a dangling input", model(relu("nowhere", "y")), `"nowhere"`},
		{"a value computed twice", model(relu("x", "y"), relu("x", "y")), `"y"`},
		{"an initializer of the wrong size", model(floats("w", 12, 4), relu("x", "y")), `"w"`},
		{"a product of dimensions that overflows", model(floats("w", 12, math.MaxInt64, 4), relu("x", "y")), `"w"`},
		{"a negative dimension", model(floats("w", 12, -3), relu("x", "y")), `"w"`},
		{"external data outside of the folder", model(outside("w", "../secret"), relu("x", "y")), `..`},
		{"external data at an absolute path", model(outside("w", "/etc/passwd"), relu("x", "y")), `/etc/passwd`},
		{"external data that is not there", model(outside("w", "weights.bin"), relu("x", "y")), "weights.bin"},
	} {
		path := put(t, "broken.onnx", c.file)
		for _, args := range [][]string{{"inspect", path}, {"prune", path, "-o", path + ".out", "--macs", "0.5"}, {"bench", path}} {
			status, _, stderr := invoke(t, append(args, "--quiet")...)
			if status != exitBad || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "broken.onnx") {
				t.Errorf("%s: %s: want status 2 and one line with the file and %q, have status %d and %q", c.name, args[0], c.want, status, stderr)
			}
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
			t.Errorf("%s: left behind: %v", c.name, left)
		}
	}
}

func TestBrokenDataIsOneLineAndStatusTwo(t *testing.T) {
	network := network(t, "mobilenetv2")
	save := func(name string, tensor *graph.Tensor) string {
		path := filepath.Join(t.TempDir(), name)
		if err := dataset.SaveNPY(path, tensor); err != nil {
			t.Fatal(err)
		}
		return path
	}
	images := func(n int) *graph.Tensor { return graph.NewTensor(graph.Float32, n, 1, 28, 28) }
	withNaN := images(2)
	graph.Data[float32](withNaN)[100] = float32(math.NaN())
	for _, c := range []struct {
		name, data string
		more       []string
		want       string
	}{
		{"NaN", save("nan.npy", withNaN), nil, "NaN"},
		{"a wrong shape", save("shape.npy", graph.NewTensor(graph.Float32, 2, 3, 32, 32)), nil, "28"},
		{"a wrong rank", save("rank.npy", graph.NewTensor(graph.Float32, 2)), nil, "28"},
		{"no samples", save("none.npy", images(0)), nil, "no samples"},
		{"a missing file", filepath.Join(t.TempDir(), "none.npz"), nil, "none.npz"},
		{"no data format", network, nil, ".onnx"},
		{"fewer labels than samples", save("x.npy", images(3)), []string{"--labels", save("labels.npy", graph.TensorOf([]int64{1, 2}, 2))}, "3"},
		{"a division by zero", save("x.npy", images(3)), []string{"--std", "0"}, "std"},
	} {
		out := filepath.Join(t.TempDir(), "out.onnx")
		for flag, args := range map[string][]string{
			"--eval": append([]string{"prune", network, "-o", out, "--macs", "0.5", "--quiet", "--recovery", "none", "--eval", c.data}, c.more...),
			"--data": append([]string{"verify", network, network, "--quiet", "--data", c.data}, c.more...),
		} {
			status, _, stderr := invoke(t, args...)
			if status != exitBad || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) {
				t.Errorf("%s: %s: want status 2 and one line with %q, have status %d and %q", c.name, flag, c.want, status, stderr)
			}
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a model was written", c.name)
		}
	}
	// An archive without the array of an input says which arrays it has.
	archive := "../../dataset/testdata/" // made by NumPy
	files, _ := filepath.Glob(archive + "*.npz")
	if len(files) == 0 {
		t.Fatal("no archive to try")
	}
	status, _, stderr := invoke(t, "verify", network, network, "--data", files[0], "--quiet")
	if status != exitBad || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, `"input"`) {
		t.Errorf("a missing array: status %d and %q", status, stderr)
	}
}

func TestUnwritableOutput(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root may write anywhere: a folder that is a file stands in")
	}
	network := network(t, "mobilenetv2")
	file := put(t, "file", []byte("not a folder"))
	status, _, stderr := invoke(t, "prune", network, "-o", filepath.Join(file, "out.onnx"), "--macs", "0.5", "--quiet")
	if status != exitBad || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "cannot be written") {
		t.Errorf("status %d and %q", status, stderr)
	}
}

// Help, reports and results go to the standard output; --quiet leaves it empty.
func TestWhatIsPrinted(t *testing.T) {
	network := network(t, "mobilenetv2")
	out := filepath.Join(t.TempDir(), "out.onnx")
	status, stdout, stderr := invoke(t, "prune", network, "--macs", "0.6", "--recovery", "none", "-o", out)
	for _, want := range []string{"params", "MACs", "bytes", "nodes", "latency", "proof: passed", "written: " + out} {
		if status != exitDone || !strings.Contains(stdout, want) {
			t.Errorf("prune: status %d, no %q in %q (%s)", status, want, stdout, stderr)
		}
	}
	status, stdout, _ = invoke(t, "inspect", out, "--quiet")
	if status != exitDone || stdout != "" {
		t.Errorf("quiet: status %d, printed %q", status, stdout)
	}
	status, stdout, _ = invoke(t, "inspect", out, "--json", "-")
	if status != exitDone || !strings.Contains(stdout, `"schema": "pollard.report/v1"`) || !strings.HasPrefix(stdout, "{") {
		t.Errorf("json: status %d, printed %.80q", status, stdout)
	}
	status, stdout, _ = invoke(t, "bench", network, out, "--runs", "2")
	if status != exitDone || !strings.Contains(stdout, "ratio of medians") || !strings.Contains(stdout, "Conv") {
		t.Errorf("bench: status %d, printed %q", status, stdout)
	}
	if status, stdout, _ = invoke(t, "--help"); status != exitDone || !strings.Contains(stdout, "prune") {
		t.Errorf("help: status %d, printed %q", status, stdout)
	}
}

// With --lambda nothing is required; the report and the printed line say what it was, and of what. A budget beside it
// is a ceiling.
func TestLambdaIsReported(t *testing.T) {
	network := network(t, "mobilenetv2")
	args := []string{"prune", network, "-o", filepath.Join(t.TempDir(), "out.onnx"), "--criterion", "obd", "--recovery", "none", "--no-latency", "--no-proof", "--lambda"}
	for _, c := range []struct {
		args         []string
		line, report string
	}{
		{[]string{"1e-9"}, " at lambda 1e-09\n", `"keep": 1,`},
		{[]string{"1e-9", "--of", "params", "--target", "none"}, "budget: params 0.9", `"metric": "params"`},
		{[]string{"1e-9", "--of", "macs", "--macs", "0.6"}, ", wanted 0.6 at lambda 1e-09\n", `"keep": 0.6,`},
		{[]string{"100", "--macs", "0.9"}, "budget: macs 0.0", `"lambda": 100`},
	} {
		path := filepath.Join(t.TempDir(), "report.json")
		status, stdout, stderr := invoke(t, slices.Concat(args, c.args, []string{"--json", path})...)
		report, _ := os.ReadFile(path)
		if status != exitDone || !strings.Contains(stdout, c.line) || !strings.Contains(string(report), c.report) || !strings.Contains(string(report), `"lambda": `) {
			t.Errorf("%v: want %q and in the report %s, have status %d, %s%s and %.300s", c.args, c.line, c.report, status, stdout, stderr, report)
		}
	}
}

// A gate that fails is status 1, and its report is still printed.
func TestFailedGateIsStatusOne(t *testing.T) {
	network := network(t, "mobilenetv2")
	out := filepath.Join(t.TempDir(), "out.onnx")
	const samples = 200
	images := graph.TensorOf(graph.Data[float32](fixtures.Images())[:samples*28*28], samples, 1, 28, 28)
	labels := make([]int64, samples)
	for i, l := range fixtures.Labels()[:samples] {
		labels[i] = int64(l)
	}
	data, classes := filepath.Join(t.TempDir(), "images.npy"), filepath.Join(t.TempDir(), "labels.npy")
	if err := errors.Join(dataset.SaveNPY(data, images), dataset.SaveNPY(classes, graph.TensorOf(labels, samples))); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := invoke(t, "prune", network, "-o", out, "--macs", "0.3", "--max-drop", "0.01", "--criterion", "random",
		"--recovery", "none", "--eval", data, "--labels", classes, "--no-latency", "--json", "-", "--quiet")
	if status != exitGate || !strings.Contains(stderr, "max-drop: accuracy fell by") || !strings.Contains(stdout, `"failed"`) {
		t.Errorf("status %d, %q, printed %.200s", status, stderr, stdout)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a model was written though the gate failed")
	}
}
