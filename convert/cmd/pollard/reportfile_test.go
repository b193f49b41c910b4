package main

import (
	"bytes"
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

// A report has no place on another file of the command, and one that cannot be written
// is noticed before anything is done.
func TestTheReportsPlaceIsCheckedFirst(t *testing.T) {
	model := network(t, "mobilenetv2")
	before, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out, link := filepath.Join(dir, "out.onnx"), filepath.Join(dir, "link")
	if err := os.Symlink(model, link); err != nil {
		t.Skip(err)
	}
	for name, c := range map[string]struct{ path, want string }{
		"the input":            {model, "would be overwritten"},
		"a link to the input":  {link, "would be overwritten"},
		"the output":           {out, "would be overwritten"},
		"a folder":             {dir, "is a folder"},
		"a folder not there":   {filepath.Join(dir, "no", "r.json"), "no such file"},
		"a name that is empty": {"", "have none"},
	} {
		for _, flag := range reportFlags {
			status, stdout, stderr := invoke(t, "prune", model, "-o", out, "--macs", "0.5", "--no-latency", "--recovery", "none", "--"+flag, c.path)
			if status != exitBad || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, flag+": ") {
				t.Errorf("%s of %s: want status 2 and one line with %q, have status %d, %q, printed %q", flag, name, c.want, status, stderr, stdout)
			}
			if _, err := os.Stat(out); err == nil {
				t.Errorf("%s of %s: an output was written", flag, name)
			}
		}
	}
	if after, _ := os.ReadFile(model); !bytes.Equal(before, after) {
		t.Error("the input was touched")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// With --json - the standard output is one JSON object, whatever the command.
func TestJSONOnTheStandardOutputIsNothingElse(t *testing.T) {
	model, data := network(t, "mobilenetv2"), filepath.Join(t.TempDir(), "x.npy")
	if err := dataset.SaveNPY(data, graph.NewTensor(graph.Float32, 3, 1, 28, 28)); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.onnx")
	for _, args := range [][]string{
		{"inspect", model},
		{"run", model, "--input", data},
		{"bench", model, "--runs", "1"},
		{"verify", model, model, "--data", data},
		{"prune", model, "-o", out, "--macs", "0.8", "--no-latency", "--recovery", "none"},
		{"prune", model, "-o", out, "--macs", "0.001", "--no-latency", "--recovery", "none"}, // a gate fails
	} {
		_, stdout, _ := invoke(t, append(args, "--json", "-")...)
		var r convert.Report
		d := json.NewDecoder(strings.NewReader(stdout))
		if err := d.Decode(&r); err != nil || r.Schema != report.Schema || r.Command != args[0] || d.More() {
			t.Errorf("%v: %v, printed %.200q", args, err, stdout)
		}
		if args[0] == "run" && (len(r.Outputs) != 1 || r.Outputs[0].Name != "logits" || r.Outputs[0].Shape[0] != 3) {
			t.Errorf("run: outputs %+v", r.Outputs)
		}
	}
}

// Both reports go to places of their own.
func TestReportsDoNotMix(t *testing.T) {
	model := network(t, "mobilenetv2")
	same := filepath.Join(t.TempDir(), "r")
	for _, c := range []struct{ json, html, want string }{{"-", "-", "html: the standard output is where json goes"}, {same, same, "would be overwritten"}} {
		status, stdout, stderr := invoke(t, "bench", model, "--runs", "1", "--json", c.json, "--html", c.html)
		if status != exitBad || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("want status 2 and %q, have status %d, %q, printed %.100q", c.want, status, stderr, stdout)
		}
	}
}

// The page says what the command line was, whatever the command, also when a gate failed; with - the standard output is nothing else.
func TestCommandsWriteAPage(t *testing.T) {
	model, data := network(t, "mobilenetv2"), filepath.Join(t.TempDir(), "x.npy")
	if err := dataset.SaveNPY(data, graph.NewTensor(graph.Float32, 3, 1, 28, 28)); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.onnx")
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"bench", model, "--runs", "1"}, []string{`data-plot="operators"`}},
		{[]string{"verify", model, model, "--data", data}, []string{`data-plot="left"`}},
		{[]string{"prune", model, "-o", out, "--macs", "0.8", "--recovery", "none"}, []string{`data-plot="groups"`, `data-plot="saliency"`, `data-plot="operators"`, "cut = mask"}},
		{[]string{"prune", model, "-o", out, "--macs", "0.001", "--no-latency", "--recovery", "none"}, []string{"Gate failed."}},
	} {
		_, stdout, _ := invoke(t, append(c.args, "--html", "-")...)
		if !strings.HasPrefix(stdout, "<!doctype html>") || !strings.HasSuffix(stdout, "</html>\n") {
			t.Errorf("%v: printed %.200q", c.args, stdout)
		}
		for _, want := range append(c.want, "pollard "+c.args[0]+" "+model, "--html -</code>") {
			if !strings.Contains(stdout, want) {
				t.Errorf("%v: want %q in the page", c.args, want)
			}
		}
	}
	page := filepath.Join(t.TempDir(), "report.html")
	if status, stdout, stderr := invoke(t, "bench", model, "--runs", "1", "--html", page); status != exitDone || !strings.Contains(stdout, "median") {
		t.Errorf("status %d, %q, printed %.200q", status, stderr, stdout)
	}
	if b, err := os.ReadFile(page); err != nil || !bytes.HasPrefix(b, []byte("<!doctype html>")) {
		t.Errorf("%v, %.100q", err, b)
	}
}

// A report that was there is replaced as a whole, and nothing else is left.
func TestAReportIsReplacedAsAWhole(t *testing.T) {
	model := network(t, "mobilenetv2")
	path := put(t, "r.json", bytes.Repeat([]byte("old "), 1<<18))
	if status, _, stderr := invoke(t, "inspect", model, "--json", path, "--quiet"); status != exitDone {
		t.Fatal(stderr)
	}
	b, err := os.ReadFile(path)
	if err != nil || !json.Valid(b) {
		t.Errorf("%v, %.100q", err, b)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestHelpBehindArgumentsIsHelp(t *testing.T) {
	for _, args := range [][]string{{"prune", "--help"}, {"prune", "in.onnx", "--help"}, {"inspect", "in.onnx", "-h"}} {
		if status, stdout, stderr := invoke(t, args...); status != exitDone || stderr != "" || !strings.Contains(stdout, "--json") {
			t.Errorf("%v: status %d, %q, printed %.100q", args, status, stderr, stdout)
		}
	}
}

// Of two reports, none is left when one of them cannot be written.
func TestReportsAreAllWrittenOrNone(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	for _, args := range [][]string{
		{"bench", tiny, "--runs", "1", "--quiet"},
		{"prune", tiny, "-o", "DIR/out.onnx", "--macs", "0.6", "--no-latency", "--quiet"},
	} {
		dir := t.TempDir()
		for i, a := range args {
			args[i] = strings.Replace(a, "DIR", dir, 1)
		}
		refused(t, dir, "json: write /dev/full: no space left on device", append(args, "--json", "/dev/full", "--html", filepath.Join(dir, "page.html"))...)
	}
}
