package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
)

// -o - writes what -o FILE does, and nothing else, to the standard output.
func TestResultsGoToTheStandardOutput(t *testing.T) {
	model := network(t, "mobilenetv2")
	t.Setenv("TMPDIR", t.TempDir())
	for name, args := range map[string][]string{
		"prune":     {"prune", model, "--macs", "0.6", "--criterion", "l2", "--recovery", "none", "--no-latency", "--no-proof"},
		"calibrate": {"calibrate", model, "--samples", "2"},
	} {
		path := filepath.Join(t.TempDir(), "out")
		report := filepath.Join(t.TempDir(), "r.json")
		if status, _, stderr := invoke(t, append(args, "-o", path)...); status != exitDone {
			t.Fatalf("%s: %s", name, stderr)
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		status, stdout, stderr := invoke(t, append(args, "-o", "-", "--json", report)...)
		if status != exitDone || stdout != string(want) {
			t.Errorf("%s: status %d, %d bytes where the file has %d", name, status, len(stdout), len(want))
		}
		if !strings.Contains(stderr, "written: -\n") {
			t.Errorf("%s: want the summary on the standard error, have %q", name, stderr)
		}
		b, err := os.ReadFile(report)
		var r convert.Report
		if err != nil || json.Unmarshal(b, &r) != nil || r.Pruned != nil && r.Pruned.Path != "-" || r.Statistics != nil && r.Statistics.Path != "-" {
			t.Errorf("%s: %v, %s", name, err, b)
		}
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// When a gate fails nothing goes to the standard output, but for --force.
func TestAFailedGateWritesNothingToTheStandardOutput(t *testing.T) {
	model := network(t, "mobilenetv2")
	args := []string{"prune", model, "-o", "-", "--macs", "0.001", "--no-latency", "--recovery", "none", "--quiet"}
	if status, stdout, stderr := invoke(t, args...); status != exitGate || stdout != "" {
		t.Errorf("status %d, %d bytes, %q", status, len(stdout), stderr)
	}
	if status, stdout, stderr := invoke(t, append(args, "--force")...); status != exitGate || stdout == "" {
		t.Errorf("--force: status %d, %d bytes, %q", status, len(stdout), stderr)
	}
}

// brokenPipe is a standard output that nobody reads.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWhatTheStandardOutputIsFor(t *testing.T) {
	model := network(t, "mobilenetv2")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"prune", model, "-o", "-", "--macs", "0.5", "--json", "-"}, "output: the standard output is where json goes"},
		{[]string{"prune", model, "-o", "-", "--macs", "0.5", "--html", "-"}, "output: the standard output is where html goes"},
		{[]string{"run", model, "--input", "x.npy", "-o", "-"}, "output: want the name of a folder, have -"},
		{[]string{"ticket", model, "--initial", model, "-o", "-", "--macs", "0.5", "--mask", "m.npz"}, "mask: want --output with the name of a file"},
	} {
		if status, stdout, stderr := invoke(t, c.args...); status != exitBad || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: want status 2 and %q, have status %d and %q", c.args[0], c.want, status, stderr)
		}
	}
	// A report in a file is not written where the model could not be.
	report := filepath.Join(t.TempDir(), "r.json")
	var stderr bytes.Buffer
	status := run(context.Background(), []string{"pollard", "prune", model, "-o", "-", "--macs", "0.6", "--criterion", "l2", "--recovery", "none", "--no-latency", "--no-proof", "--quiet", "--json", report}, brokenPipe{}, &stderr)
	if _, err := os.Stat(report); status != exitBad || !strings.Contains(stderr.String(), "output: the standard output: broken pipe") || err == nil {
		t.Errorf("status %d, %q, a report: %v", status, stderr.String(), err == nil)
	}
}
