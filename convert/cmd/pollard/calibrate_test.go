package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// From the data in shards to the pruned file by commands alone.
func TestCalibrateInShardsMergeAndPrune(t *testing.T) {
	model, dir := network(t, "mobilenetv2"), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	data := at("x.npy")
	if err := dataset.SaveNPY(data, graph.NewTensor(graph.Float32, 6, 28, 28)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"calibrate", model, "--data", data, "--shard", "1/2", "-o", at("a.npz"), "--all", "--mean", "0.1"},
		{"calibrate", model, "--data", data, "--shard", "2/2", "-o", at("b.npz"), "--all", "--mean", "0.1"},
		{"calibrate", "--merge", at("b.npz"), at("a.npz"), "-o", at("c.npz")},
		{"prune", model, "-o", at("out.onnx"), "--macs", "0.5", "--criterion", "obs", "--statistics", at("c.npz"), "--no-latency", "--recovery", "none"},
		{"prune", model, "-o", at("out.onnx"), "--macs", "0.5", "--criterion", "apoz", "--statistics", at("c.npz"), "--no-latency", "--recovery", "none"},
	} {
		status, stdout, stderr := invoke(t, append(args, "--json", at("r.json"))...)
		if status != exitDone || !strings.Contains(stdout, "written: ") {
			t.Fatalf("%v: status %d, %q, printed %q", args, status, stderr, stdout)
		}
		b, err := os.ReadFile(at("r.json"))
		if err != nil {
			t.Fatal(err)
		}
		var r convert.Report
		if err := json.Unmarshal(b, &r); err != nil || r.Schema != report.Schema || r.Command != args[0] || r.Statistics == nil || r.Statistics.Total != 6 {
			t.Errorf("%v: %v, %+v", args, err, r.Statistics)
		}
	}
}

func TestBadCalibrationsAreOneLineAndStatusTwo(t *testing.T) {
	model, dir := network(t, "mobilenetv2"), t.TempDir()
	out, data := filepath.Join(dir, "out.npz"), filepath.Join(dir, "x.npy")
	if err := dataset.SaveNPY(data, graph.NewTensor(graph.Float32, 6, 28, 28)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no model":                  {[]string{"-o", out}, "want MODEL.onnx, have none"},
		"no output":                 {[]string{model}, "output"},
		"nothing to merge":          {[]string{"--merge", "-o", out}, "want files of statistics to merge"},
		"data to merge":             {[]string{"--merge", data, "--data", data, "-o", out}, "want no --data"},
		"merging what is none":      {[]string{"--merge", model, "-o", out}, "want an .npy, .npz or IDX file"},
		"a shard that is none":      {[]string{model, "-o", out, "--shard", "2"}, `want I/N with I from 1 to N, have "2"`},
		"a shard past the last":     {[]string{model, "-o", out, "--shard", "3/2"}, `want I/N with I from 1 to N, have "3/2"`},
		"a shard without samples":   {[]string{model, "-o", out, "--data", data, "--shard", "1/9"}, "is empty"},
		"no samples":                {[]string{model, "-o", out, "--samples", "0"}, "samples: want a positive number, have 0"},
		"more samples than data":    {[]string{model, "-o", out, "--data", data, "--samples", "7"}, "want 7 samples, have 6"},
		"a criterion of weights":    {[]string{model, "-o", out, "--criterion", "l2"}, "criterion l2 looks at weights only"},
		"an unknown criterion":      {[]string{model, "-o", out, "--criterion", "luck"}, `unknown criterion "luck"`},
		"one criterion and all":     {[]string{model, "-o", out, "--criterion", "obs", "--all"}, "have both"},
		"data that do not fit":      {[]string{model, "-o", out, "--data", "../../dataset/testdata/f4.npy"}, `input "input": want float`},
		"data that are not numbers": {[]string{model, "-o", out, "--data", "../../dataset/testdata/nan.npy"}, "nan.npy"},
		"no data":                   {[]string{model, "-o", out, "--data", data + "x"}, "no such file"},
		"output over the model":     {[]string{model, "-o", model}, "would overwrite"},
		"output over the data":      {[]string{model, "-o", data, "--data", data}, "would overwrite"},
		"a division by nothing":     {[]string{model, "-o", out, "--data", data, "--std", "0"}, "std: want a number other than 0"},
	} {
		status, stdout, stderr := invoke(t, append([]string{"calibrate", "--quiet"}, c.args...)...)
		if status != exitBad || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 || stdout != "" {
			t.Errorf("%s: want status 2 and one line with %q, have status %d and %q, printed %q", name, c.want, status, stderr, stdout)
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}
