package output_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// An output may replace any regular file but the input, under whatever name the input goes.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	in, old := write(t, filepath.Join(dir, "in.onnx"), "in"), write(t, filepath.Join(dir, "old.onnx"), "old")
	alias := filepath.Join(dir, "alias.onnx")
	if err := os.Link(in, alias); err != nil {
		t.Skip(err)
	}
	for out, want := range map[string]string{
		filepath.Join(dir, "new.onnx"):       "",
		old:                                  "",
		in:                                   "would overwrite the input",
		alias:                                "would overwrite the input",
		dir:                                  "no regular file",
		"":                                   "want the name of a file",
		filepath.Join(dir, "no", "new.onnx"): "no such file",
		filepath.Join(old, "new.onnx"):       "cannot be written",
	} {
		err := output.Check(in, out)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: want %q, have %v", out, want, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// Neither the output nor the external data beside it may replace a file of weights.
func TestCheckExternal(t *testing.T) {
	dir := t.TempDir()
	weights := write(t, filepath.Join(dir, "out.onnx.data"), "weights")
	for out, refused := range map[string]bool{"out.onnx": true, "out.onnx.data": true, "other.onnx": false} {
		if err := output.CheckExternal([]string{weights}, filepath.Join(dir, out)); (err != nil) != refused {
			t.Errorf("%s: have %v", out, err)
		}
	}
}

// A staged model appears only with its report agreed, and not at all if that fails.
func TestCommit(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g (float[N] x) => (float[N] y) { y = Relu(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	out := write(t, filepath.Join(t.TempDir(), "out.onnx"), "old")
	refusal := errors.New("refused")
	for _, want := range []error{refusal, nil} {
		s, err := output.Stage(t.Context(), out, m, onnx.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r := &report.Report{Pruned: &report.Figures{}}
		err = output.Commit(s, out, r, func(r *report.Report) error {
			if b, _ := os.ReadFile(out); string(b) != "old" || r.Pruned.Path != out {
				t.Errorf("the report %+v is asked for when %q is in place", r.Pruned, b)
			}
			return want
		})
		s.Discard()
		if err != want || (r.Pruned.Path == out) != (want == nil) {
			t.Errorf("want %v, have %v with path %q", want, err, r.Pruned.Path)
		}
		b, err := os.ReadFile(out)
		if err != nil || (string(b) == "old") != (want != nil) {
			t.Errorf("after %v: have %d bytes, %v", want, len(b), err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
