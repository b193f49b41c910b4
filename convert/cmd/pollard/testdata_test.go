package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// tensorProto is a TensorProto with those elements in raw_data.
func tensorProto(x *graph.Tensor) []byte {
	var b []byte
	for _, d := range x.Shape() {
		b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), uint64(d))
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), uint64(x.DType()))
	return protowire.AppendBytes(protowire.AppendTag(b, 9, protowire.BytesType), x.Raw())
}

// testSets writes y = 2a - b and a folder with a test set for each of the wanted outputs; a is (1, 2), b is (0.5, 3).
func testSets(t *testing.T, wanted ...[]float32) (model, dir string) {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[N] a, float[N] b) => (float[N] y) { c = Add(a, a) y = Sub(c, b) }`)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := onnx.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	model, dir = put(t, "model.onnx", raw), t.TempDir()
	for i, want := range wanted {
		set := filepath.Join(dir, fmt.Sprintf("test_data_set_%d", i))
		if err := os.Mkdir(set, 0o777); err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string][]float32{"input_0.pb": {1, 2}, "input_1.pb": {0.5, 3}, "output_0.pb": want} {
			if err := os.WriteFile(filepath.Join(set, name), tensorProto(graph.TensorOf(v, len(v))), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return model, dir
}

func TestRunOnTestData(t *testing.T) {
	right := []float32{1.5, 1}
	all := make([][]float32, 11) // set 10 comes behind set 9
	for i := range all {
		all[i] = right
	}
	model, dir := testSets(t, all...)
	status, stdout, stderr := invoke(t, "run", model, "--test-data", dir)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if status != exitDone || stderr != "" || len(lines) != 11 || !strings.HasPrefix(lines[10], "test_data_set_10: pass, 1 outputs within ") {
		t.Errorf("right answers: status %d, printed %q and %q", status, stdout, stderr)
	}
	if status, stdout, _ = invoke(t, "run", model, "--test-data", filepath.Join(dir, "test_data_set_3")); status != exitDone || !strings.HasPrefix(stdout, "test_data_set_3: pass") {
		t.Errorf("one set: status %d, printed %q", status, stdout)
	}

	model, dir = testSets(t, right, []float32{1.5, 1.01})
	const line = `test_data_set_1: output "y" at [1]: want 1.01, have 1`
	status, stdout, stderr = invoke(t, "run", model, "--test-data", dir)
	if status != exitGate || !strings.HasSuffix(stdout, line+"\n") || stderr != "pollard: 1 of 2 test sets differ: "+line+"\n" {
		t.Errorf("a wrong answer: status %d, printed %q and %q", status, stdout, stderr)
	}
	for _, flag := range []string{"--rtol", "--atol"} {
		if status, stdout, _ = invoke(t, "run", model, "--test-data", dir, flag, "0.02"); status != exitDone {
			t.Errorf("%s 0.02: status %d, printed %q", flag, status, stdout)
		}
	}
	status, stdout, _ = invoke(t, "run", model, "--test-data", dir, "--json", "-")
	var r convert.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	if sets := r.Tests.Sets; status != exitGate || len(sets) != 2 || !sets[0].Passed || sets[1].Passed || sets[1].Mismatch.Want != "1.01" || sets[1].Mismatch.Index[0] != 1 {
		t.Errorf("the report: status %d, %s", status, stdout)
	}

	model, dir = testSets(t, []float32{1.5, 1, 0})
	if status, stdout, _ = invoke(t, "run", model, "--test-data", dir); status != exitGate || stdout != "test_data_set_0: output \"y\": want float[3], have float[2]\n" {
		t.Errorf("another shape: status %d, printed %q", status, stdout)
	}
}

func TestRunOnBadTestData(t *testing.T) {
	model, dir := testSets(t, []float32{1.5, 1})
	empty := t.TempDir()
	none := t.TempDir()
	torn := t.TempDir()
	more := t.TempDir()
	for path, b := range map[string][]byte{
		filepath.Join(none, "output_1.pb"):  nil,
		filepath.Join(torn, "output_0.pb"):  {0x4a, 0x7f},
		filepath.Join(more, "output_0.pb"):  tensorProto(graph.TensorOf([]float32{1}, 1)),
		filepath.Join(more, "input_2.pb"):   nil,
		filepath.Join(empty, "labels.json"): nil,
	} {
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "test_data_set_0", "input_1.pb")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"neither input nor test data": {nil, "want --input or --test-data"},
		"both":                        {[]string{"--test-data", dir, "--input", "x.npy"}, "want no --input"},
		"a place for outputs":         {[]string{"--test-data", dir, "-o", empty}, "want no --output"},
		"a tolerance for nothing":     {[]string{"--input", "x.npy", "--rtol", "1"}, "want --test-data"},
		"a tolerance below 0":         {[]string{"--test-data", dir, "--atol", "-1"}, "atol: want a number from 0, have -1"},
		"no folder":                   {[]string{"--test-data", filepath.Join(dir, "no")}, "no such file"},
		"a folder without sets":       {[]string{"--test-data", empty}, "want folders test_data_set_N or files output_K.pb"},
		"an input that is missing":    {[]string{"--test-data", dir}, `test_data_set_0: input "b": missing`},
		"more outputs than there are": {[]string{"--test-data", none}, "output_1.pb: the model has 1 outputs"},
		"more inputs than there are":  {[]string{"--test-data", more}, "input_2.pb: the model has 2 inputs"},
		"what is no tensor":           {[]string{"--test-data", torn}, "output_0.pb: "},
	} {
		status, stdout, stderr := invoke(t, append([]string{"run", model}, c.args...)...)
		if status != exitBad || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: want status 2 and one line with %q, have status %d, %q and %q", name, c.want, status, stdout, stderr)
		}
	}
}
