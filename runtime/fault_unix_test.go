//go:build unix

package runtime_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/runtime"
)

// Weights in a file that was truncated fault in whichever worker reads them. Each time, the caller
// panics and can recover; the process, its workers and the session go on.
func TestAFaultInAWorkerReachesTheCaller(t *testing.T) {
	const rows, columns = 512, 8192
	path := filepath.Join(t.TempDir(), "weights")
	if err := os.WriteFile(path, make([]byte, 4*rows*columns), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mapped, err := syscall.Mmap(int(f.Fd()), 0, 4*rows*columns, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(mapped)
	weights, err := graph.FromRaw(graph.Float32, []int{rows, columns}, mapped)
	if err != nil {
		t.Fatal(err)
	}
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 17]>
g (float[512,8192] x) => (float[512,8192] y) <float[1] w = {1}> { y = Add(x, w) }`)
	if err != nil {
		t.Fatal(err)
	}
	m.Graph.SetConst(m.Graph.Value("w"), weights)
	s, err := runtime.Compile(m, runtime.Options{Threads: 4})
	if err != nil {
		t.Fatal(err)
	}
	feeds := map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, rows, columns)}
	if _, err := s.Run(t.Context(), feeds); err != nil {
		t.Fatal(err)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	faulted := func() (p any) {
		defer func() { p = recover() }()
		s.Run(t.Context(), feeds)
		return nil
	}
	if err := f.Truncate(2 * rows * columns); err != nil { // the worker that starts first probably reads the half that is left
		t.Fatal(err)
	}
	for range 20 {
		if p := faulted(); !memory.FaultIn(p, mapped) {
			t.Fatalf("the run panicked with %v", p)
		}
	}
	if err := f.Truncate(4 * rows * columns); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), feeds); err != nil {
		t.Errorf("when the file is whole again: %v", err)
	}
}
