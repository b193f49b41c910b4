package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
)

// A budget of latency reports what was predicted and what was measured, whatever that is, and what the prediction was made from.
func TestLatencyBudget(t *testing.T) {
	model, out := network(t, "vgg"), filepath.Join(t.TempDir(), "out.onnx")
	path := filepath.Join(t.TempDir(), "r.json")
	for _, budget := range [][]string{{"--latency", "0.6"}, {"--lambda", "0.05", "--of", "latency", "--criterion", "obs"}} {
		status, stdout, stderr := invoke(t, append([]string{"prune", model, "-o", out, "--threads", "1", "--no-latency", "--recovery", "none",
			"--force", "--json", path}, budget...)...)
		if status != exitDone && status != exitGate || !strings.Contains(stdout, "(predicted 0.") || !strings.Contains(stdout, "latency model: fitted to ") {
			t.Fatalf("%v: status %d, %q, printed %q", budget, status, stderr, stdout)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var r convert.Report
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		k := r.Budget
		if k == nil || k.Metric != "latency" || k.Reached <= 0 || k.Predicted == nil || *k.Predicted <= 0 || *k.Predicted > 2 || k.Fit == nil || k.Fit.Samples < k.Fit.Networks {
			t.Fatalf("%s", b)
		}
		if k.Met != (k.Reached <= k.Keep*1.1) || k.Met != (status == exitDone) || k.Met != (k.Why == "") {
			t.Errorf("status %d: %+v", status, k)
		}
		if _, err := os.Stat(out); err != nil {
			t.Error(err)
		}
	}
}
