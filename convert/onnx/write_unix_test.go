//go:build unix

package onnx

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// A limit on file size fails like a full disk: in the middle of writing.
func TestFullDiskLeavesNothing(t *testing.T) {
	if os.Getenv("POLLARD_FILE_LIMIT") == "" { // the limit applies to the whole program, so another one takes it
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		again.Env = append(os.Environ(), "POLLARD_FILE_LIMIT=1")
		if out, err := again.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	m := decoded(t, withWeights(t))
	dir := folder(t, map[string]string{"m.onnx": "old", "m.onnx.data": "old data"})
	small := limit
	small.Cur = 1 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Skip(err)
	}
	errInline := Write(context.Background(), filepath.Join(dir, "m.onnx"), m, WriteOptions{})
	errData := Write(context.Background(), filepath.Join(dir, "m.onnx"), m, WriteOptions{ExternalThreshold: 1})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	mustFail(t, errInline, "file too large")
	mustFail(t, errData, "file too large")
	mustHoldOnly(t, dir, "m.onnx", "m.onnx.data")
	mustContain(t, filepath.Join(dir, "m.onnx"), "old")
	mustContain(t, filepath.Join(dir, "m.onnx.data"), "old data")
}
