package staging

import (
	"context"
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
