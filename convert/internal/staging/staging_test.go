package staging

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain also runs as the process that tests kill or tell to abandon its files: it creates
// what it is told to in a folder, reports that, and waits.
func TestMain(m *testing.M) {
	if dir := os.Getenv("STAGING_TEST_FOLDER"); dir != "" {
		f, err := Beside(filepath.Join(dir, "out"))
		if err != nil {
			panic(err)
		}
		if _, err := f.Create("part", filepath.Join(dir, "out")); err != nil {
			panic(err)
		}
		if _, err := MkdirAll(filepath.Join(dir, "new", "folders")); err != nil {
			panic(err)
		}
		if err := WriteFile(context.Background(), filepath.Join(dir, "done"), text("whole")); err != nil {
			panic(err)
		}
		os.Stdout.WriteString("ready")
		io.ReadAll(os.Stdin)
		os.Stdout.WriteString(strings.Join(Abandon(), ","))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// other starts that process.
func other(t *testing.T, dir string) (stdin io.WriteCloser, stdout io.Reader, c *exec.Cmd) {
	t.Helper()
	c = exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "STAGING_TEST_FOLDER="+dir)
	stdin, _ = c.StdinPipe()
	stdout, _ = c.StdoutPipe()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, len("ready"))); err != nil {
		t.Fatal(err)
	}
	return stdin, stdout, c
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func mustHold(t *testing.T, path, want string) {
	t.Helper()
	if have, err := os.ReadFile(path); err != nil || string(have) != want {
		t.Errorf("%s: want %q, have %q, %v", path, want, have, err)
	}
}

func TestAbandonLeavesWhatIsInItsPlace(t *testing.T) {
	dir := t.TempDir()
	stdin, stdout, c := other(t, dir)
	if n := len(names(t, dir)); n != 3 {
		t.Fatalf("want a folder for what is not done, new and done, have %v", names(t, dir))
	}
	stdin.Close()
	said, _ := io.ReadAll(stdout)
	if err := c.Wait(); err != nil || string(said) != filepath.Join(dir, "done") {
		t.Errorf("said %q, %v", said, err)
	}
	if have := names(t, dir); !slices.Equal(have, []string{"done"}) {
		t.Errorf("left: %v", have)
	}
}

// The next process to write in a folder removes what a killed one left, but nothing of one that
// lives.
func TestStaleFoldersAreRemoved(t *testing.T) {
	dir := t.TempDir()
	_, _, c := other(t, dir)
	keep := filepath.Join(dir, ".pollard-tmp-notes") // a file of somebody else
	if err := os.WriteFile(keep, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	next := func() []string {
		looked.Clear() // as in another process
		if err := WriteFile(context.Background(), filepath.Join(dir, "out"), text("new")); err != nil {
			t.Fatal(err)
		}
		return names(t, dir)
	}
	if have := next(); len(have) != 5 {
		t.Errorf("want the folder of the process that lives kept, have %v", have)
	}
	c.Process.Kill()
	c.Wait()
	if have := next(); !slices.Equal(have, []string{".pollard-tmp-notes", "done", "new", "out"}) {
		t.Errorf("have %v", have)
	}
}

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

func TestMkdirAllTidiesWhatIsEmpty(t *testing.T) {
	dir := t.TempDir()
	for _, filled := range []bool{false, true} {
		tidy, err := MkdirAll(filepath.Join(dir, "a", "b"))
		if err != nil {
			t.Fatal(err)
		}
		if filled {
			if err := os.WriteFile(filepath.Join(dir, "a", "x"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		tidy()
		if have := names(t, dir); len(have) == 1 != filled {
			t.Errorf("filled %v: have %v", filled, have)
		}
	}
	if have := names(t, filepath.Join(dir, "a")); !slices.Equal(have, []string{"x"}) {
		t.Errorf("have %v", have)
	}
}

// A file system that hangs must not keep a command from ending.
func TestAbandonDoesNotWaitForever(t *testing.T) {
	defer enter()()
	began := time.Now()
	Abandon()
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("took %v", d)
	}
}
