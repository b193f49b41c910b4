//go:build unix

package convert_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// onDisk writes the parsed model to a file of its own.
func onDisk(t *testing.T, text string, fill func(g *graph.Graph)) string {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 17]> ` + text)
	if err != nil {
		t.Fatal(err)
	}
	if fill != nil {
		fill(m.Graph)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := onnx.Write(t.Context(), path, m, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// feed loads one tensor of ones for input x.
func feed(dims ...int) func(*graph.Model) (*convert.Data, error) {
	return func(*graph.Model) (*convert.Data, error) {
		x := graph.NewTensor(graph.Float32, dims...)
		for i, data := 0, graph.Data[float32](x); i < len(data); i++ {
			data[i] = 1
		}
		return convert.InMemory(map[string]*graph.Tensor{"x": x}, nil)
	}
}

// An output may be a constant of the file, of a branch, a part of one or a converted one. All of it
// can be read after the file is closed: a read that faults would panic here.
func TestOutputsOutliveTheFile(t *testing.T) {
	for name, text := range map[string]string{
		"an initializer":          `g (float[4] x) => (float[4] y) <float[4] y = {1, 2, 3, 4}> { z = Relu(x) }`,
		"the same twice":          `g (float[4] x) => (float[4] y, float[4] z) <float[4] w = {1, 2, 3, 4}> { y = Identity(w) z = Identity(w) }`,
		"under another shape":     `g (float[4] x) => (float[2,2] y) <float[4] w = {1, 2, 3, 4}, int64[2] s = {2, 2}> { y = Reshape(w, s) }`,
		"of a branch":             `g (float[4] x, bool c) => (float[4] y) { y = If(c) <then_branch = a () => (float[4] u) <float[4] u = {1, 2, 3, 4}> {}, else_branch = b () => (float[4] v) <float[4] v = {5, 6, 7, 8}> {}> }`,
		"of a branch, as it goes": `g (float[N] x, bool c) => (float[N] y) { y = If(c) <then_branch = a () => (float[4] u) <float[4] w = {1, 2, 3, 4}> { u = Identity(w) }, else_branch = b () => (float[N] v) { v = Relu(x) }> }`,
		"of a node of a branch":   `g (float[4] x, bool c) => (float[4] y) { y = If(c) <then_branch = a () => (float[4] u) { u = Constant<value = float[4] {1, 2, 3, 4}>() }, else_branch = b () => (float[4] v) { v = Relu(x) }> }`,
		"a sequence of them":      `g (float[4] x, bool c) => (seq(float[4]) y) <float[4] w = {1, 2, 3, 4}> { y = SequenceConstruct(w, w) }`,
	} {
		t.Run(name, func(t *testing.T) {
			debug.SetPanicOnFault(true)
			path := onDisk(t, text, nil)
			outputs, err := convert.Run(t.Context(), path, func(m *graph.Model) (*convert.Data, error) {
				feeds := map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 1, 1, 1}, 4)}
				if m.Graph.Value("c") != nil {
					feeds["c"] = graph.TensorOf([]bool{true})
				}
				return convert.InMemory(feeds, nil)
			}, 1)
			if err != nil {
				t.Fatal(err)
			}
			var check func(name string, y *graph.Tensor)
			check = func(name string, y *graph.Tensor) {
				for i, item := range y.Items() {
					check(fmt.Sprint(name, i), item)
				}
				if y.DType() == graph.Sequence {
					return
				}
				want := graph.TensorOf([]float32{1, 2, 3, 4}, 4)
				if !bytes.Equal(y.Raw(), want.Raw()) || !slices.Equal(graph.Data[float32](y), graph.Data[float32](want)) { // each may lie elsewhere
					t.Errorf("output %s: have %v", name, graph.Data[float32](y))
				}
			}
			for name, y := range outputs {
				check(name, y)
			}
		})
	}
}

// large returns a network with 16 MiB of weights in the mapped file.
func large(t *testing.T) string {
	return onDisk(t, `g (float[N,1024] x) => (float[N,8] y) <float[8,8] head = {`+strings.Repeat("1,", 63)+`1}, float[1] w = {1}, float[1] v = {1}> {
	a = MatMul(x, w)
	b = Relu(a)
	c = MatMul(b, v)
	y = MatMul(c, head)
}`, func(g *graph.Graph) {
		w, v := graph.NewTensor(graph.Float32, 1024, 4096), graph.NewTensor(graph.Float32, 4096, 8)
		for i, data := 0, graph.Data[float32](w); i < len(data); i++ {
			data[i] = float32(i%7) - 3
		}
		for i, data := 0, graph.Data[float32](v); i < len(data); i++ {
			data[i] = float32(i%5) - 2
		}
		g.SetConst(g.Value("w"), w)
		g.SetConst(g.Value("v"), v)
	})
}

// changes lists what may happen to a file while it is mapped.
var changes = map[string]func(path string) error{
	"cut to nothing": func(path string) error { return os.Truncate(path, 0) },
	"cut in half":    func(path string) error { return os.Truncate(path, 8<<20) },
	"replaced": func(path string) error {
		if err := os.WriteFile(path+".new", []byte("something else"), 0o666); err != nil {
			return err
		}
		return os.Rename(path+".new", path)
	},
	"gone": os.Remove,
	"written over": func(path string) error {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, bytes.Repeat([]byte{1}, len(b)), 0o666)
	},
}

func TestAFileThatChangesWhileItIsReadIsAnError(t *testing.T) {
	for name, change := range changes {
		for command, do := range map[string]func(in, out string, load func(*graph.Model) (*convert.Data, error)) error{
			"run": func(in, _ string, load func(*graph.Model) (*convert.Data, error)) error {
				_, err := convert.Run(t.Context(), in, load, 2)
				return err
			},
			"prune": func(in, out string, load func(*graph.Model) (*convert.Data, error)) error {
				r, err := convert.Prune(t.Context(), convert.Job{In: in, Out: out, Eval: load, Config: convert.Config{
					Budget: budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}, Criterion: "l2", Recovery: "none"}})
				if err != nil && r != nil {
					t.Error("there is a report beside the error")
				}
				return err
			},
			"verify": func(in, _ string, load func(*graph.Model) (*convert.Data, error)) error {
				_, err := convert.Verify(t.Context(), in, in, load, nil, convert.Config{})
				return err
			},
			"bench": func(in, _ string, load func(*graph.Model) (*convert.Data, error)) error {
				_, err := convert.Bench(t.Context(), []string{in}, load, convert.BenchOptions{Batch: 1, Runs: 1}, convert.Config{})
				return err
			},
		} {
			t.Run(command+" "+name, func(t *testing.T) {
				in := large(t)
				out := filepath.Join(t.TempDir(), "out.onnx")
				data := feed(16, 1024)
				err := do(in, out, func(m *graph.Model) (*convert.Data, error) {
					if err := change(in); err != nil {
						t.Fatal(err)
					}
					return data(m)
				})
				if err == nil || !strings.HasPrefix(err.Error(), in+": ") || strings.Contains(err.Error(), "\n") {
					t.Errorf("have %v", err)
				}
				if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
					t.Errorf("%v is left", left)
				}
			})
		}
	}
}
