package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// From data to the picked model by one command, and again with nothing left to do.
func TestSweepAndPick(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := dataset.SaveNPY(at("x.npy"), graph.NewTensor(graph.Float32, 8, 28, 28)); err != nil {
		t.Fatal(err)
	}
	args := []string{"sweep", network(t, "mobilenetv2"), "-o", at("out"), "--calibration", at("x.npy"), "--eval", at("x.npy"), "--budgets", "0.4:0.8:2",
		"--criteria", "l2", "--no-latency", "--recovery", "none", "--no-rotation", "--json", at("r.json")}
	for found := range []int{0, 2} {
		pick := []string{"--pick", "macs<=0.5", "--picked", at("small.onnx")}
		status, stdout, stderr := invoke(t, append(slices.Clone(args), pick...)...)
		for _, want := range []string{"(original)", " l2-macs-0.4-", " l2-macs-0.8-", "agreement with the original's predictions", "pick: l2-macs-0.4-", "written: " + at("small.onnx")} {
			if status != exitDone || !strings.Contains(stdout, want) {
				t.Errorf("status %d, no %q in %q (%s)", status, want, stdout, stderr)
			}
		}
		for _, path := range []string{at("r.json"), filepath.Join(at("out"), "sweep.json")} {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var r report.Sweep
			if err := json.Unmarshal(b, &r); err != nil || r.Schema != "pollard.sweep/v1" || len(r.Candidates) != 2 || r.Found != 2*found {
				t.Errorf("%s: %v, %+v", path, err, r)
			}
		}
	}
	status, _, stderr := invoke(t, append(args, "--quiet", "--pick", "macs<=0.1")...)
	if status != exitGate || !strings.Contains(stderr, "no candidate meets macs<=0.1; the nearest is l2-macs-0.4-") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("a pick that there is none of: status %d, %q", status, stderr)
	}
}

func TestBadSweepsAreOneLineAndStatusTwo(t *testing.T) {
	model, dir := network(t, "mobilenetv2"), t.TempDir()
	out, data := filepath.Join(dir, "out"), filepath.Join(dir, "x.npy")
	if err := dataset.SaveNPY(data, graph.NewTensor(graph.Float32, 8, 28, 28)); err != nil {
		t.Fatal(err)
	}
	base := []string{"sweep", model, "-o", out, "--calibration", data, "--eval", data}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing to sweep":          {nil, "want --budgets, --lambda or both"},
		"a range without a count":   {[]string{"--budgets", "0.2:0.9"}, "budgets: want FROM:TO:COUNT with a count"},
		"a count of one":            {[]string{"--budgets", "0.2:0.9:1"}, "with a count of 2 to 1000"},
		"what is no number":         {[]string{"--budgets", "few"}, `numbers over 0 with commas between, have "few"`},
		"a price of nothing":        {[]string{"--lambda", "0:1:3"}, "lambda: want FROM:TO:COUNT or numbers over 0"},
		"a budget over all":         {[]string{"--budgets", "0.5,2"}, "over 0 and at most 1, have 2"},
		"the same twice":            {[]string{"--budgets", "0.5,0.5"}, "obs-macs-0.5: is asked for twice"},
		"an unknown criterion":      {[]string{"--budgets", "0.5", "--criteria", "obs,luck"}, `unknown criterion "luck"`},
		"prices of what adds up no": {[]string{"--lambda", "0.1", "--criteria", "l2"}, "want a criterion whose scores are errors that add up"},
		"an unknown metric":         {[]string{"--budgets", "0.5", "--of", "nodes"}, `of: want one of macs, params, bytes, latency, have "nodes"`},
		"a pick of what is no figure": {[]string{"--budgets", "0.5", "--pick", "beauty>=1"},
			`pick: want one of drop, accuracy, agreement, metric, macs, params, bytes, latency, have "beauty"`},
		"a pick without a bound":  {[]string{"--budgets", "0.5", "--pick", "drop"}, `pick: want a figure, <= or >= and a number, have "drop"`},
		"a place for no pick":     {[]string{"--budgets", "0.5", "--picked", out}, "picked: want --pick"},
		"a pick over the input":   {[]string{"--budgets", "0.5", "--pick", "macs<=1", "--picked", model}, "would overwrite the input"},
		"a minimum out of bounds": {[]string{"--budgets", "0.5", "--floor", "2"}, "floor: want a fraction from 0 to 1, have 2"},
	} {
		status, stdout, stderr := invoke(t, append(slices.Clone(base), c.args...)...)
		if status != exitBad || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: want status 2 and one line with %q, have status %d, %q and %q", name, c.want, status, stdout, stderr)
		}
	}
	for name, args := range map[string][]string{
		"max-drop: want data and labels":             {"--max-drop", "0.5"},
		"min-agreement: want data":                   {"--min-agreement", "0.9"},
		"min-agreement: want a fraction over 0 and ": {"--min-agreement", "2", "--eval", data},
	} {
		status, _, stderr := invoke(t, append([]string{"prune", model, "-o", out + ".onnx", "--quiet"}, args...)...)
		if status != exitBad || !strings.Contains(stderr, name) {
			t.Errorf("%v: want status 2 and %q, have status %d, %q", args, name, status, stderr)
		}
	}
}
