package onnx

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// mustHoldOnly requires the folder to hold exactly these files.
func mustHoldOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, e.Name())
	}
	if !slices.Equal(want, have) {
		t.Errorf("want the files %q, have %q", want, have)
	}
}

func mustContain(t *testing.T, path, want string) {
	t.Helper()
	if have, err := os.ReadFile(path); err != nil || string(have) != want {
		t.Errorf("%s: want %q, have %d bytes (%v)", path, want, len(have), err)
	}
}

func TestWriteThenRead(t *testing.T) {
	want := withWeights(t)
	path := filepath.Join(t.TempDir(), "m.onnx")
	for range 2 { // the second time over the first
		if err := Write(context.Background(), path, decoded(t, want), WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	mustHoldOnly(t, filepath.Dir(path), "m.onnx")
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, want, encoded(t, f.Model))
	b, err := Encode(f.Model)
	if err != nil {
		t.Fatal(err)
	}
	mustContain(t, path, string(b)) // Write and Encode give the same bytes

	// The model may be written over the file that it views.
	f.Model.Graph.Name = "renamed"
	if err := Write(context.Background(), path, f.Model, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	want.Graph.Name = new("renamed")
	if b, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, want, messageOf(t, b))
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestOriginalIsNeverOverwritten(t *testing.T) {
	dir := folder(t, map[string]string{"m.onnx": "original"})
	path := filepath.Join(dir, "m.onnx")
	m := decoded(t, everything(t))
	targets := []string{path, dir + "/./m.onnx"}
	for _, link := range []struct {
		name string
		make func(string, string) error
	}{{"hard.onnx", os.Link}, {"soft.onnx", os.Symlink}} {
		to := filepath.Join(dir, link.name)
		if err := link.make(path, to); err != nil {
			t.Logf("%s: %v", link.name, err)
			continue
		}
		targets = append(targets, to)
	}
	for _, target := range targets {
		mustFail(t, Write(context.Background(), target, m, WriteOptions{Original: path}), target+": ", "it is the original")
	}
	mustContain(t, path, "original")
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name, path string
		ctx        context.Context
		want       string
	}{
		{"cancelled", "m.onnx", cancelled, "context canceled"},
		{"cancelled, new file", "new.onnx", cancelled, "context canceled"},
		{"no folder", "none/m.onnx", context.Background(), "no such file"},
		{"a folder", "sub", context.Background(), "exists and is not a regular file"},
		{"data is a folder", "d.onnx", context.Background(), "d.onnx.data: exists and is not a regular file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"m.onnx": "old", "m.onnx.data": "old data", "sub/x": "", "d.onnx.data/x": ""})
			m := decoded(t, withWeights(t))
			mustFail(t, Write(c.ctx, filepath.Join(dir, c.path), m, WriteOptions{ExternalThreshold: 1}), c.path, c.want)
			mustHoldOnly(t, dir, "d.onnx.data", "m.onnx", "m.onnx.data", "sub")
			mustContain(t, filepath.Join(dir, "m.onnx"), "old")
			mustContain(t, filepath.Join(dir, "m.onnx.data"), "old data")
		})
	}
}

// lateContext is cancelled after a number of calls of Err.
type lateContext struct {
	context.Context
	left *int
}

func (c lateContext) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

// Whenever the user interrupts, either everything or nothing is there.
func TestInterruptedWriteLeavesNothing(t *testing.T) {
	m := decoded(t, withWeights(t))
	for left := 0; ; left++ {
		dir := folder(t, map[string]string{"m.onnx": "old", "m.onnx.data": "old data"})
		path, count := filepath.Join(dir, "m.onnx"), left
		err := Write(lateContext{context.Background(), &count}, path, m, WriteOptions{ExternalThreshold: 1})
		mustHoldOnly(t, dir, "m.onnx", "m.onnx.data")
		if err == nil {
			if left < 10 {
				t.Errorf("the context was asked %d times only", left)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		mustContain(t, path, "old")
		mustContain(t, path+".data", "old data")
	}
}

func TestWrittenFileHasTheUsualMode(t *testing.T) {
	dir := folder(t, map[string]string{"kept.onnx": "old"})
	plain, err := os.Create(filepath.Join(dir, "plain"))
	if err != nil {
		t.Fatal(err)
	}
	plain.Close()
	if err := os.Chmod(filepath.Join(dir, "kept.onnx"), 0o640); err != nil {
		t.Fatal(err)
	}
	mode := func(name string) os.FileMode {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	kept := mode("kept.onnx")
	for _, name := range []string{"new.onnx", "kept.onnx"} {
		if err := Write(context.Background(), filepath.Join(dir, name), decoded(t, everything(t)), WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if mode("new.onnx") != mode("plain") || mode("kept.onnx") != kept {
		t.Errorf("want modes %v and %v, have %v and %v", mode("plain"), kept, mode("new.onnx"), mode("kept.onnx"))
	}
}

func TestDeadlineIsAnError(t *testing.T) {
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	err := Write(ctx, filepath.Join(t.TempDir(), "m.onnx"), decoded(t, everything(t)), WriteOptions{})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "m.onnx") {
		t.Errorf("have %v", err)
	}
}
