package onnxgo_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	onnxgo "github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend"
	"github.com/owulveryck/onnx-go/backend/testbackend"
	_ "github.com/owulveryck/onnx-go/backend/testbackend/onnx" // registers the cases
	"gorgonia.org/tensor"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
	pollard "github.com/pollard-dev/pollard/runtime/onnxgo"
)

var _ backend.ComputationBackend = (*pollard.Backend)(nil)

// cases returns onnx-go's operator cases by title: those that ONNX had published at the time. The
// registry writes every tensor of one element as a float32 vector, so these get the type and shape
// that the model declares.
func cases(t *testing.T) []*testbackend.TestCase {
	var all []*testbackend.TestCase
	for _, f := range testbackend.GetAllRegisteredTests() {
		c := f()
		m, err := onnx.Decode(c.Title, c.ModelB)
		if err != nil {
			t.Fatalf("%s: %v", c.Title, err)
		}
		for i := range c.Input {
			c.Input[i] = declared(t, c.Input[i], m.Graph.Inputs[i].Type)
		}
		for i := range c.ExpectedOutput {
			c.ExpectedOutput[i] = declared(t, c.ExpectedOutput[i], m.Graph.Outputs[i].Type)
		}
		all = append(all, c)
	}
	if len(all) < 348 {
		t.Fatalf("onnx-go registers %d cases, want 348", len(all))
	}
	slices.SortFunc(all, func(a, b *testbackend.TestCase) int { return cmp.Compare(a.Title, b.Title) })
	return all
}

// declared returns a tensor of one element with the type and shape that the model declares.
func declared(t *testing.T, x tensor.Tensor, typ graph.Type) tensor.Tensor {
	dims, known := typ.Shape.Ints()
	if x.Shape().TotalSize() != 1 || x.Dtype() != tensor.Float32 || !known {
		return x
	}
	v, err := floats(x)
	if err != nil {
		t.Fatal(err)
	}
	var one *graph.Tensor
	switch typ.DType {
	case graph.Int64:
		one = graph.TensorOf([]int64{int64(v[0])})
	case graph.Int32:
		one = graph.TensorOf([]int32{int32(v[0])})
	case graph.Float32:
		one = graph.TensorOf([]float32{float32(v[0])})
	default:
		return x
	}
	out, err := pollard.ToTensor(one.Reshaped(dims...))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// outcomes runs every case. All pass but the refused, which must fail with an error that contains
// the given text. A case that starts to pass must be removed from the list.
func outcomes(t *testing.T, refused map[string]string, run func(*testbackend.TestCase) ([]tensor.Tensor, error)) {
	t.Helper()
	passed, strict := 0, 0
	for _, c := range cases(t) {
		out, err := run(c)
		if says, ok := refused[c.Title]; ok {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: want an error with %q, have %v", c.Title, says, err)
			}
			t.Logf("%s is not supported: %v", c.Title, err)
			continue
		}
		if err == nil {
			// ONNX's own runner of these cases allows 1e-3 of the value and 1e-7; onnx-go's 1e-6.
			err = compare(out, c.ExpectedOutput, 1e-6, 1e-3)
		}
		if err != nil {
			t.Errorf("%s: %v", c.Title, err)
			continue
		}
		passed++
		if compare(out, c.ExpectedOutput, 1e-6, 0) == nil {
			strict++
		}
	}
	t.Logf("%d cases passed (%d of them within 1e-6, as onnx-go asks)", passed, strict)
}

func compare(got, want []tensor.Tensor, abs, rel float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d outputs, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] == nil || !slices.Equal([]int(got[i].Shape()), []int(want[i].Shape())) {
			return fmt.Errorf("output %d: want shape %v, have %v", i, want[i].Shape(), got[i])
		}
		a, err := floats(got[i])
		if err != nil {
			return err
		}
		b, err := floats(want[i])
		if err != nil {
			return err
		}
		for j := range b {
			if a[j] == b[j] || math.IsNaN(a[j]) && math.IsNaN(b[j]) {
				continue
			}
			if d := math.Abs(a[j] - b[j]); !(d <= abs+rel*math.Abs(b[j])) {
				return fmt.Errorf("output %d: element %d is %g, want %g", i, j, a[j], b[j])
			}
		}
	}
	return nil
}

// floats returns the elements of a tensor as float64.
func floats(t tensor.Tensor) ([]float64, error) {
	var out []float64
	switch v := t.Data().(type) {
	case []float32:
		for _, x := range v {
			out = append(out, float64(x))
		}
	case []float64:
		out = v
	case []int32:
		for _, x := range v {
			out = append(out, float64(x))
		}
	case []int64:
		for _, x := range v {
			out = append(out, float64(x))
		}
	case []bool:
		for _, x := range v {
			out = append(out, map[bool]float64{true: 1}[x])
		}
	case float32:
		out = []float64{float64(v)}
	case float64:
		out = []float64{v}
	case int64:
		out = []float64{float64(v)}
	case int32:
		out = []float64{float64(v)}
	default:
		return nil, fmt.Errorf("elements of %T", v)
	}
	return out, nil
}

// Cases run through onnx-go's decoder with our backend.
func TestOperatorsThroughOnnxGo(t *testing.T) {
	refused := map[string]string{"TestScan9Sum": "AttributeProto_GRAPH not handled yet"} // by onnx-go's decoder
	outcomes(t, refused, func(c *testbackend.TestCase) ([]tensor.Tensor, error) {
		file, err := onnx.Decode(c.Title, c.ModelB)
		if err != nil {
			return nil, err
		}
		b := pollard.New()
		b.Opset = file.Opsets[""]
		m := onnxgo.NewModel(b)
		if err := m.UnmarshalBinary(c.ModelB); err != nil {
			return nil, err
		}
		for i, x := range c.Input {
			if err := m.SetInput(i, x); err != nil {
				return nil, err
			}
		}
		if err := b.Run(); err != nil {
			return nil, err
		}
		return m.GetOutputTensors()
	})
}

// Cases run through our own importer and the session.
func TestOperatorsThroughPollard(t *testing.T) {
	outcomes(t, nil, func(c *testbackend.TestCase) ([]tensor.Tensor, error) {
		m, err := onnx.Decode(c.Title, c.ModelB)
		if err != nil {
			return nil, err
		}
		s, err := runtime.Compile(m, runtime.Options{})
		if err != nil {
			return nil, err
		}
		feeds := map[string]*graph.Tensor{}
		for i, x := range c.Input {
			if feeds[m.Graph.Inputs[i].Name], err = pollard.FromTensor(x); err != nil {
				return nil, err
			}
		}
		values, err := s.Run(context.Background(), feeds)
		if err != nil {
			return nil, err
		}
		out := make([]tensor.Tensor, len(m.Graph.Outputs))
		for i, v := range m.Graph.Outputs {
			if out[i], err = pollard.ToTensor(values[v.Name]); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}
