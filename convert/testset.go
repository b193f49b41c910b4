package convert

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// TestSet is the inputs of a model and what it is to answer, by the names of the values: one folder
// test_data_set_N of the layout in which ONNX publishes models with their data
// (https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md).
type TestSet struct {
	Name            string
	Inputs, Outputs map[string]*graph.Tensor
}

// testSetPrefix begins the name of a folder with one test set; its number follows.
const testSetPrefix = "test_data_set_"

// ReadTestSets reads the test sets of m in dir, in the order of their numbers; or the only one, where dir
// is itself such a folder. File input_K.pb holds the graph's K-th input, output_K.pb its K-th output, from 0.
// Inputs with a default and outputs may have no file, but one output must have.
func ReadTestSets(dir string, m *graph.Model) ([]TestSet, error) {
	folders, err := testFolders(dir)
	if err != nil {
		return nil, err
	}
	var sets []TestSet
	for _, folder := range folders {
		s := TestSet{Name: filepath.Base(folder)}
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

// testFolders lists the folders with a test set each in dir, or dir.
func testFolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	numbers := map[string]int{}
	var folders []string
	own := false
	for _, e := range entries {
		name := e.Name()
		own = own || strings.HasPrefix(name, "output_") && strings.HasSuffix(name, ".pb")
		number, is := strings.CutPrefix(name, testSetPrefix)
		if k, err := strconv.Atoi(number); is && err == nil {
			path := filepath.Join(dir, name)
			numbers[path] = k
			folders = append(folders, path)
		}
	}
	switch {
	case len(folders) > 0:
		slices.SortFunc(folders, func(a, b string) int { return numbers[a] - numbers[b] })
		return folders, nil
	case own:
		return []string{filepath.Clean(dir)}, nil
	}
	return nil, fmt.Errorf("%s: want folders %sN or files output_K.pb, have neither", dir, testSetPrefix)
}

// readValues reads the files kind_0.pb, kind_1.pb, ... of one test set for those values.
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

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestTolerance is how far a right answer of m may be from a stored one: what ONNX's own runner allows, 1e-3 of the value
// and 1e-7, and near 0 what every operator of the model may be off.
func TestTolerance(m *graph.Model) op.Tolerance {
	t := op.Tolerance{Abs: 1e-7, Rel: 1e-3}
	for _, n := range m.Graph.Nodes {
		if d := op.Lookup(n); d != nil {
			t.Abs += d.Tolerance.Abs
		}
	}
	return t
}

// Run computes the set's outputs and gives the first difference, nil where there is none.
func (s TestSet) Run(ctx context.Context, session *runtime.Session, tolerance op.Tolerance) (*Mismatch, error) {
	have, err := session.Run(ctx, s.Inputs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	for _, v := range session.Model().Graph.Outputs {
		want := s.Outputs[v.Name]
		if want == nil {
			continue
		}
		if d := mismatch(have[v.Name], want, tolerance); d != nil {
			d.Set, d.Output = s.Name, v.Name
			return d, nil
		}
	}
	return nil, nil
}

// Tolerance is what may stand in the place of what TestTolerance says; nil: nothing.
type Tolerance struct{ Abs, Rel *float64 }

// RunTests runs the model at path on the test sets in dir. The error where an answer is
// another is a *Gate and comes with the report.
func RunTests(ctx context.Context, path, dir string, tolerance Tolerance, threads int) (_ *Report, err error) {
	file, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	defer file.Done(&err)
	sets, err := ReadTestSets(dir, file.Model)
	if err != nil {
		return nil, err
	}
	s, err := runtime.Compile(file.Model, runtime.Options{Threads: threads})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	limit := TestTolerance(file.Model)
	if tolerance.Abs != nil {
		limit.Abs = *tolerance.Abs
	}
	if tolerance.Rel != nil {
		limit.Rel = *tolerance.Rel
	}
	r := NewReport("run")
	r.Tests = &TestReport{Atol: limit.Abs, Rtol: limit.Rel}
	for _, set := range sets {
		different, err := set.Run(ctx, s, limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r.Tests.Sets = append(r.Tests.Sets, TestSetReport{Name: set.Name, Passed: different == nil, Outputs: len(set.Outputs), Mismatch: different})
		if different != nil {
			r.Failed = append(r.Failed, different.String())
		}
	}
	if len(r.Failed) > 0 {
		return r, &Gate{fmt.Sprintf("%d of %d test sets differ: %s", len(r.Failed), len(sets), r.Failed[0])}
	}
	return r, nil
}
