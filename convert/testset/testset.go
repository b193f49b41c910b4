package testset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// Set holds the inputs of a model and its expected outputs, by name: one folder test_data_set_N of
// the layout in which ONNX publishes models with their data
// (https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md).
type Set struct {
	Name            string
	Inputs, Outputs map[string]*graph.Tensor
}

// Read reads the test sets of m in dir, in the order of their numbers, or the only one if dir is
// itself such a folder. File input_K.pb holds the graph's K-th input and output_K.pb its K-th
// output, counted from 0. Inputs with a default need no file; of the outputs at least one must have
// one.
func Read(dir string, m *graph.Model) ([]Set, error) {
	folders, err := dataset.TestSets(dir)
	if err != nil {
		return nil, err
	}
	if folders == nil {
		return nil, fmt.Errorf("%s: want folders test_data_set_N or files output_K.pb, have neither", dir)
	}
	var sets []Set
	for _, folder := range folders {
		s := Set{Name: filepath.Base(folder)}
		if s.Inputs, err = readValues(folder, "input", m.Graph.Inputs); err != nil {
			return nil, err
		}
		if s.Outputs, err = readValues(folder, "output", m.Graph.Outputs); err != nil {
			return nil, err
		}
		if len(s.Outputs) == 0 {
			return nil, fmt.Errorf("%s: want output_0.pb, have no outputs", folder)
		}
		sets = append(sets, s)
	}
	return sets, nil
}

// readValues reads the files kind_0.pb, kind_1.pb, ... of one test set for the given values.
func readValues(folder, kind string, values []*graph.Value) (map[string]*graph.Tensor, error) {
	all := map[string]*graph.Tensor{}
	for i, v := range values {
		path := filepath.Join(folder, fmt.Sprintf("%s_%d.pb", kind, i))
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if all[v.Name], err = onnx.DecodeValue(b, v); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if path := filepath.Join(folder, fmt.Sprintf("%s_%d.pb", kind, len(values))); exists(path) {
		return nil, fmt.Errorf("%s: the model has %d %ss", path, len(values), kind)
	}
	return all, nil
}

// Tolerance returns how far a correct output of m may be from the stored one: what ONNX's own
// runner allows, 1e-3 of the value and 1e-7, and near 0 the largest tolerance of any operator of
// the model.
func Tolerance(m *graph.Model) op.Tolerance {
	t := op.Tolerance{Abs: 1e-7, Rel: 1e-3}
	for _, n := range m.Graph.Nodes {
		if d := op.Lookup(n); d != nil {
			t.Abs += d.Tolerance.Abs
		}
	}
	return t
}

// Run computes the outputs for the set and returns the first difference, or nil.
func (s Set) Run(ctx context.Context, session *runtime.Session, tolerance op.Tolerance) (*report.Mismatch, error) {
	have, err := session.Run(ctx, s.Inputs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	for _, v := range session.Model().Graph.Outputs {
		want := s.Outputs[v.Name]
		if want == nil {
			continue
		}
		if d := Difference(have[v.Name], want, tolerance); d != nil {
			d.Set, d.Output = s.Name, v.Name
			return d, nil
		}
	}
	return nil, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
