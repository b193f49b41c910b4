package onnx

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
)

// officialModels lists the models of the ONNX project's own tests, as Debian's
// libonnx-testdata installs them, or wherever POLLARD_ONNX_TESTDATA says.
func officialModels(t testing.TB, suffix string) []string {
	dir := os.Getenv("POLLARD_ONNX_TESTDATA")
	if dir == "" {
		dir = "/usr/share/libonnx-testdata/data"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no official models: %v (install libonnx-testdata or set POLLARD_ONNX_TESTDATA)", err)
	}
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, suffix) {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s in %s: %v", suffix, dir, err)
	}
	return found
}

// messageOf decodes b by the protobuf library alone.
func messageOf(t testing.TB, b []byte) *onnxpb.ModelProto {
	t.Helper()
	m := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(b, m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOfficialModelsSurvive(t *testing.T) {
	models := officialModels(t, ".onnx")
	for _, path := range models {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Decode(path, bytes.Clone(b))
		if err != nil {
			t.Error(err)
			continue
		}
		if err := m.Check(); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		out, err := Encode(m)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !proto.Equal(messageOf(t, b), messageOf(t, out)) {
			t.Errorf("%s: written and read again it is another model", path)
		}
	}
	t.Logf("%d models", len(models))
}

func TestOfficialTensorsDecode(t *testing.T) {
	for _, path := range officialModels(t, ".pb") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeTensor(b); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
