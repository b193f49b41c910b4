package figures_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// The figures of a file are those of the model and of all the bytes that hold it; files that are
// not there count for nothing.
func TestOf(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[N,4] x) => (float[N,3] y)
<float[4,3] w = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}> { h = MatMul(x, w)  y = Relu(h) }`)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, data := filepath.Join(dir, "m.onnx"), filepath.Join(dir, "m.onnx.data")
	for file, text := range map[string]string{path: "model", data: "weights"} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := figures.Of(path, m, []string{data, filepath.Join(dir, "absent")}, map[string]int{"N": 5})
	if err != nil {
		t.Fatal(err)
	}
	if f.Params != 12 || f.NonZero != 11 || f.MACs != 5*4*3 || f.Nodes != 2 || f.Path != path || f.Bytes != int64(len("modelweights")) {
		t.Errorf("have %+v", f)
	}
	sum := sha256.Sum256([]byte("model"))
	if f.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("want the digest of the file, have %s", f.SHA256)
	}
	sum = sha256.Sum256([]byte("modelweights"))
	if have, err := figures.Digest(path, []string{data}); err != nil || have != hex.EncodeToString(sum[:]) {
		t.Errorf("want the digest of both files, have %s, %v", have, err)
	}
}

// Ratios are original over pruned.
func TestRatio(t *testing.T) {
	r := figures.Ratio(&report.Figures{Params: 10, MACs: 9, Bytes: 8}, &report.Figures{Params: 5, MACs: 3, Bytes: 2})
	if r.Params != 2 || r.MACs != 3 || r.Bytes != 4 {
		t.Errorf("have %+v", r)
	}
}
