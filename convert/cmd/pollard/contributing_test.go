package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exampleFile is a file that CONTRIBUTING.md shows.
var exampleFile = regexp.MustCompile("(?s)<!-- file: ([^ ]+) -->\n```[a-z]+\n(.*?)\n```\n")

// Each example of CONTRIBUTING.md compiles and passes its tests when its files are laid over the tree. None of the files is there: an example
// touches no other.
func TestContributingExamples(t *testing.T) {
	if os.Getenv("POLLARD_LONG") == "" {
		t.Skip("it compiles five packages and their tests again, as .ci/run does: POLLARD_LONG=1 runs it")
	}
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, section := range strings.Split(string(text), "\n## Add ")[1:] {
		name, section, _ := strings.Cut(section, "\n")
		examples++
		t.Run(name, func(t *testing.T) { tryExample(t, tree, section) })
	}
	if examples != 5 {
		t.Errorf("want an operator, a criterion, a solver, a recovery and a kernel, have %d examples", examples)
	}
}

func tryExample(t *testing.T, tree, section string) {
	replace := map[string]string{}
	dir := t.TempDir()
	tests := 0
	for i, m := range exampleFile.FindAllStringSubmatch(section, -1) {
		path := filepath.Join(tree, filepath.FromSlash(m[1]))
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is there already", m[1])
		}
		lies := filepath.Join(dir, strings.Repeat("x", i+1)+"-"+filepath.Base(path))
		if err := os.WriteFile(lies, []byte(m[2]+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		replace[path] = lies
		if strings.HasSuffix(path, "_test.go") {
			tests++
		}
		if strings.HasSuffix(path, ".go") {
			if out, err := exec.Command("gofmt", "-l", lies).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s: gofmt: %v %s", m[1], err, out)
			}
		}
	}
	if tests != 1 || len(replace) > 3 {
		t.Errorf("want one file and its test, and a fixture at most, have %d files", len(replace))
	}
	overlay := filepath.Join(dir, "overlay.json")
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(overlay, b, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, commands, found := strings.Cut(section, "```sh\n")
	commands, _, _ = strings.Cut(commands, "```")
	if !found || strings.Contains(commands, "no tests to run") {
		t.Fatal("no commands")
	}
	for command := range strings.Lines(commands) {
		c := exec.Command("sh", "-c", strings.TrimSpace(command))
		c.Dir, c.Env = tree, append(os.Environ(), "GOFLAGS=-overlay="+overlay)
		out, err := c.CombinedOutput()
		if err != nil || strings.Contains(string(out), "no tests to run") {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}
