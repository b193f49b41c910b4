package onnxgo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	onnxgo "github.com/owulveryck/onnx-go"
	"gorgonia.org/tensor"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
	pollard "github.com/pollard-dev/pollard/runtime/onnxgo"
)

// decode makes an onnx-go model from text, with our backend.
func decode(t *testing.T, text string) (*onnxgo.Model, *pollard.Backend, error) {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	file, err := onnx.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	b := pollard.New()
	b.Opset = m.Opsets[""]
	model := onnxgo.NewModel(b)
	return model, b, model.UnmarshalBinary(file)
}

func vector(v ...float32) tensor.Tensor {
	return tensor.New(tensor.WithShape(len(v)), tensor.WithBacking(v))
}

// result runs the model and returns its only output.
func result(t *testing.T, m *onnxgo.Model, b *pollard.Backend) string {
	t.Helper()
	if err := b.Run(); err != nil {
		t.Fatal(err)
	}
	out, err := m.GetOutputTensors()
	if err != nil || len(out) != 1 {
		t.Fatalf("%d outputs, error %v", len(out), err)
	}
	return fmt.Sprint(out[0].Shape(), out[0].Data())
}

func TestRunsFollowTheInputs(t *testing.T) {
	m, b, err := decode(t, `<ir_version: 4, opset_import: ["" : 9]>
g (float[N] x, float[1] w) => (float[N] y) <float[1] w = {2}, float[1] k = {10}>
{
   s = Add(x, x)
   c = Constant<value = float[1] {100}>()
   a = Mul(s, w)
   b = Add(a, k)
   y = Add(b, c)
}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		x    tensor.Tensor
		want string
	}{
		{vector(1), "(1) 114"}, {vector(1, 2, 3), "(3) [114 118 122]"}, {vector(5), "(1) 130"},
	} {
		if err := m.SetInput(0, c.x); err != nil {
			t.Fatal(err)
		}
		if got := result(t, m, b); got != c.want {
			t.Errorf("y is %s, want %s", got, c.want)
		}
	}
	w, ok := m.GetNodeByName("w")
	if !ok {
		t.Fatal("w is not there")
	}
	if err := w.(onnxgo.DataCarrier).SetTensor(vector(-1)); err != nil {
		t.Fatal(err)
	}
	if got := result(t, m, b); got != "(1) 100" {
		t.Errorf("with another w: y is %s, want (1) 100", got)
	}
}

func TestInputsThatAreLeftOut(t *testing.T) {
	m, b, err := decode(t, `<ir_version: 4, opset_import: ["" : 13]> g (float[N] x) => (float[N] y) <float most = {2}> { y = Clip(x, , most) }`)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetInput(0, vector(-5, 5)); err != nil {
		t.Fatal(err)
	}
	if got := result(t, m, b); got != "(2) [-5 2]" {
		t.Errorf("y is %s", got)
	}
}

func TestUnsupportedOperators(t *testing.T) {
	_, _, err := decode(t, `<ir_version: 4, opset_import: ["" : 9]> g (float[N] x) => (float[N] y) { y = NoSuchOperator(x) }`)
	var missing *onnxgo.ErrNotImplemented
	if !errors.As(err, &missing) || missing.Operator != "NoSuchOperator" || !strings.Contains(missing.Message, "not supported") {
		t.Errorf("want onnx-go's ErrNotImplemented, have %v", err)
	}
}

func TestTensorsAsTheyLie(t *testing.T) {
	d := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{1, 2, 3, 4, 5, 6}))
	if err := d.T(); err != nil {
		t.Fatal(err)
	}
	got, err := pollard.FromTensor(d)
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprint(got.Shape(), graph.Data[float32](got)); s != "[3 2] [1 4 2 5 3 6]" {
		t.Errorf("a transposed view is read as %s", s)
	}
	if _, err := pollard.ToTensor(graph.NewTensor(graph.Float32, 0, 3)); err == nil {
		t.Error("gorgonia has no tensors without elements: want an error")
	}
}

// A whole network gives the same answers whether onnx-go or our importer decodes it.
func TestNetwork(t *testing.T) {
	const path = "../../fixtures/models/mobilenetv2.onnx"
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 2*28*28)
	for i := range x {
		x[i] = float32(i%17)/8 - 1
	}
	s, err := runtime.Compile(ours.Model, runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Run(context.Background(), map[string]*graph.Tensor{"input": graph.TensorOf(x, 2, 1, 28, 28)})
	if err != nil {
		t.Fatal(err)
	}
	b := pollard.New()
	b.Opset = ours.Model.Opsets[""]
	m := onnxgo.NewModel(b)
	if err := m.UnmarshalBinary(file); err != nil {
		t.Fatal(err)
	}
	if err := m.SetInput(0, tensor.New(tensor.WithShape(2, 1, 28, 28), tensor.WithBacking(x))); err != nil {
		t.Fatal(err)
	}
	if got, w := result(t, m, b), fmt.Sprint("(2, 10) ", graph.Data[float32](want["logits"])); got != w {
		t.Errorf("logits are\n%s, want\n%s", got, w)
	}
}
