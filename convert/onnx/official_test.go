package onnx

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// officialModels lists the models of the ONNX project's own tests, from Debian's libonnx-testdata
// or from POLLARD_ONNX_TESTDATA.
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

// messageOf decodes b with the protobuf library alone.
func messageOf(t testing.TB, b []byte) *onnxpb.ModelProto {
	t.Helper()
	m := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(b, m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOfficialModelsSurvive(t *testing.T) { testSurvive(t, officialModels(t, ".onnx")) }

func TestFixturesSurvive(t *testing.T) {
	models, err := filepath.Glob("../../fixtures/models/*.onnx")
	if err != nil {
		t.Fatal(err)
	}
	if len(models) == 0 {
		t.Skip("this checkout has no fixtures")
	}
	testSurvive(t, models)
}

// testSurvive reads and writes each model and compares the messages.
func testSurvive(t *testing.T, models []string) {
	t.Helper()
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

// Inputs and outputs of the conformance tests have the types that the models declare.
func TestOfficialTensorsDecode(t *testing.T) {
	count := 0
	for _, path := range officialModels(t, ".pb") {
		want, isTensor := declaredFor(t, path)
		switch {
		case !isTensor:
			continue // a sequence or an optional, not a TensorProto
		case strings.Contains(path, "BFLOAT16"):
			continue // ONNX 1.12 stored these as uint16 with other shapes
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		have, err := DecodeTensor(b)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		count++
		if have.DType() != want.DType || want.Shape != nil && len(have.Shape()) != len(want.Shape) {
			t.Errorf("%s: want %v, have %v%v", path, want, have.DType(), have.Shape())
			continue
		}
		for i, d := range want.Shape {
			if n, known := d.Value(); known && n != have.Shape()[i] {
				t.Errorf("%s: want %v, have %v%v", path, want, have.DType(), have.Shape())
			}
		}
	}
	t.Logf("%d tensors", count)
}

// declaredFor returns the type that the model two folders up declares for the input or output
// stored at path, such as test_data_set_0/input_1.pb.
func declaredFor(t *testing.T, path string) (typ graph.Type, isTensor bool) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "..", "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	m := messageOf(t, b)
	kind, number, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".pb"), "_")
	i, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	list := m.Graph.Input
	if kind == "output" {
		list = m.Graph.Output
	}
	if i >= len(list) {
		t.Fatalf("%s: the model has %d of these", path, len(list))
	}
	typ, err = valueType(list[i].Type)
	if err != nil {
		t.Fatal(err)
	}
	return typ, list[i].Type.GetTensorType() != nil
}
