package staging

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteFileReplacesWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	link := filepath.Join(dir, "link")
	if err := os.Symlink("out", link); err != nil {
		t.Skip(err)
	}
	if err := WriteFile(context.Background(), path, text("old")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := WriteFile(context.Background(), path, func(w io.Writer) error { io.WriteString(w, "part"); return broken }); !errors.Is(err, broken) {
		t.Errorf("have %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := WriteFile(ctx, path, func(w io.Writer) error { cancel(); return text("late")(w) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	mustHold(t, path, "old")
	if err := WriteFile(context.Background(), link, text("new")); err != nil {
		t.Fatal(err)
	}
	mustHold(t, path, "new")
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
	if have := names(t, dir); len(have) != 2 {
		t.Errorf("left: %v", have)
	}
}

// If one of several files cannot be placed, the others are reverted, with what was there before.
func TestPlaceIsUndone(t *testing.T) {
	for _, old := range []string{"old", ""} {
		dir := t.TempDir()
		data, model := filepath.Join(dir, "data"), filepath.Join(dir, "model")
		if old != "" {
			for _, path := range []string{data, model} {
				if err := os.WriteFile(path, []byte(old), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
		f, err := Beside(model)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Write("data", data, text("new")); err != nil {
			t.Fatal(err)
		}
		if err := f.Place(Move{"data", data}, Move{"model", model}); err == nil { // which was never written
			t.Error("a file that is not there was moved")
		}
		f.Discard()
		if old == "" {
			if have := names(t, dir); len(have) != 0 {
				t.Errorf("left: %v", have)
			}
			continue
		}
		mustHold(t, data, old)
		mustHold(t, model, old)
	}
}

// At no moment between the moves of a model and its data does an old file stand beside a new one.
func TestPlaceNeverMixes(t *testing.T) {
	dir := t.TempDir()
	data, model := filepath.Join(dir, "data"), filepath.Join(dir, "model")
	f, err := Beside(model)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Discard()
	for _, path := range []string{data, model} {
		if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := f.Write(filepath.Base(path), path, text("new")); err != nil {
			t.Fatal(err)
		}
	}
	var p placing
	if err := p.setAside(f, []Move{{"data", data}, {"model", model}}); err != nil {
		t.Fatal(err)
	}
	if p.done[0][0] != model { // while it exists, so do its data
		t.Errorf("%v went first", p.done[0])
	}
	if have := names(t, dir); len(have) != 1 {
		t.Errorf("have %v", have)
	}
	if err := p.undo(); err != nil {
		t.Fatal(err)
	}
	mustHold(t, model, "old")
	mustHold(t, data, "old")
}

func TestPlaceRefusesWhatIsNotAFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(context.Background(), path, text("new")); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("have %v", err)
	}
}
