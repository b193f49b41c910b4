package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/tools/txtar"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
)

const root = "../../.."

// What the pages tell readers to run is run, block after block of a page in one folder that has the fixtures in it, and prints what the page
// says. A block of commands begins with ```sh, what it prints follows in a block ```text; a block that cannot be run has a comment in front
// of it that begins with "not run: " and says why.
func TestPagesCommandsRun(t *testing.T) {
	tooSlow(t)
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"))
	dir := t.TempDir()
	for _, path := range pages {
		if filepath.Base(path) == "commands.md" { // made from help, whose examples have a test of their own
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := blocksOf(string(text))
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if len(blocks) > 0 {
			writeScript(t, filepath.Join(dir, strings.TrimSuffix(filepath.Base(path), ".md")+".txtar"), path, blocks)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			from, err := filepath.Abs(filepath.Join(root, "fixtures"))
			if err != nil {
				return err
			}
			published := filepath.Join(e.WorkDir, "published")
			return errors.Join(os.Symlink(from, filepath.Join(e.WorkDir, "fixtures")), os.Mkdir(published, 0o777), publish(published))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"shows": shows},
	})
}

// tooSlow skips a test that prunes whole networks where that takes minutes.
func tooSlow(t *testing.T) {
	t.Helper()
	if level := convert.NewVersion().Level; testing.Short() || level == "generic" && os.Getenv("POLLARD_LONG") == "" {
		t.Skipf("it takes minutes at level %s: POLLARD_LONG=1 runs it", level)
	}
}

// block is commands of a page.
type block struct {
	line          int // of the page
	commands, out string
}

// blocksOf are those of a page that are to be run.
func blocksOf(page string) (blocks []block, err error) {
	var fence string // what the block began with, empty between blocks
	var notRun, indented bool
	last := -1 // the block whose output may follow
	for i, line := range strings.Split(page, "\n") {
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence = line
			switch {
			case line == "```sh" && !notRun:
				blocks = append(blocks, block{line: i + 1})
				last = len(blocks) - 1
			case line == "```sh", line == "```text" && last < 0, line == "```go", line == "```json", line == "```yaml", line == "```mermaid", line == "```python":
				last = -1
			case line != "```text":
				err = fmt.Errorf("line %d: want ```sh, ```text or a language that is shown, have %q", i+1, line)
			}
			notRun = false
		case fence != "" && line == "```":
			if fence != "```sh" {
				last = -1
			}
			fence = ""
		case fence == "```sh" && last >= 0:
			blocks[last].commands += line + "\n"
		case fence == "```text" && last >= 0:
			blocks[last].out += line + "\n"
		case fence != "":
		case strings.HasPrefix(line, "<!-- not run: "):
			notRun = true
		case strings.HasPrefix(line, "    pollard ") && !indented:
			indented = true
			err = fmt.Errorf("line %d: want commands in a block ```sh, have %q", i+1, line)
		case strings.TrimSpace(line) != "":
			last = -1
		}
	}
	return blocks, err
}

// writeScript writes the blocks as a test script.
func writeScript(t *testing.T, path, page string, blocks []block) {
	t.Helper()
	var a txtar.Archive
	var script strings.Builder
	for _, b := range blocks {
		name := fmt.Sprintf("line-%d", b.line)
		fmt.Fprintf(&script, "# %s:%d\nexec sh -eu %s.sh\n", page, b.line, name)
		a.Files = append(a.Files, txtar.File{Name: name + ".sh", Data: []byte(b.commands)})
		if b.out != "" {
			fmt.Fprintf(&script, "shows %s.out\n", name)
			a.Files = append(a.Files, txtar.File{Name: name + ".out", Data: []byte(b.out)})
		}
	}
	a.Comment = []byte(script.String())
	if err := os.WriteFile(path, txtar.Format(&a), 0o666); err != nil {
		t.Fatal(err)
	}
}

// shows fails unless the command before printed the lines of the file, in their order. Lines between them may be left out where the file
// has a line of dots. Errors, which begin as all do, are looked for on the standard error.
func shows(ts *testscript.TestScript, _ bool, args []string) {
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	if err := showsLines(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), stdout, stderr); err != nil {
		ts.Fatalf("%v\nprinted:\n%s%s", err, stdout, stderr)
	}
}

func showsLines(want, stdout, stderr string) error {
	have, errs := strings.Split(stdout, "\n"), strings.Split(stderr, "\n")
	gap := false
	for _, line := range strings.Split(want, "\n") {
		if strings.Trim(line, " .") == "" && strings.Contains(line, "...") {
			gap = true
			continue
		}
		from := &have
		if strings.HasPrefix(line, "pollard: ") {
			from = &errs
		}
		at := -1
		for i, h := range *from {
			if sameLine(line, h) {
				at = i
				break
			}
			if from == &have && !gap {
				break
			}
		}
		if at < 0 {
			return fmt.Errorf("not printed in its place: %q", line)
		}
		*from, gap = (*from)[at+1:], gap && from == &errs
	}
	if rest := strings.TrimSpace(strings.Join(have, "\n")); rest != "" && !gap {
		return fmt.Errorf("printed besides: %q", rest)
	}
	return nil
}

var (
	aNumber = regexp.MustCompile(`[-+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?`)
	aDigest = regexp.MustCompile(`\b[0-9a-f]*(\d[a-f]|[a-f]\d)[0-9a-f]{5,}\b`)
	aTime   = regexp.MustCompile(`\b[\d.]+ (ms|s)\b`)
)

// sameLine compares the lines but for the width of spaces, what clocks say, digests, and the last digits of numbers, which depend on the
// instruction set.
func sameLine(a, b string) bool {
	squeeze := func(s string) string {
		s = strings.Join(strings.Fields(aDigest.ReplaceAllString(s, "DIGEST")), " ")
		if aTime.MatchString(s) {
			s = aNumber.ReplaceAllString(s, "N")
		}
		return s
	}
	a, b = squeeze(a), squeeze(b)
	x, y := aNumber.FindAllString(a, -1), aNumber.FindAllString(b, -1)
	if aNumber.ReplaceAllString(a, "N") != aNumber.ReplaceAllString(b, "N") || len(x) != len(y) {
		return false
	}
	for i := range x {
		if !near(x[i], y[i], strings.Contains(a, "points") || strings.Contains(a, "%")) {
			return false
		}
	}
	return true
}

// near compares two numbers of a page: percentages to half a point, small ones by being small, others to a tenth.
func near(a, b string, points bool) bool {
	x, errX := strconv.ParseFloat(strings.ReplaceAll(a, ",", ""), 64)
	y, errY := strconv.ParseFloat(strings.ReplaceAll(b, ",", ""), 64)
	if errX != nil || errY != nil {
		return a == b
	}
	const small, large = 1e-4, 1000
	d, most := math.Abs(x-y), max(math.Abs(x), math.Abs(y))
	if points && most < large {
		return d <= 0.5
	}
	return d <= 0.1*most || most < small
}

// The comparison tells apart what it should.
func TestPagesOutputIsCompared(t *testing.T) {
	for _, c := range []struct {
		want, stdout, stderr string
		same                 bool
	}{
		{"a 1.00\nb", "a  1.04\nb\n", "", true},
		{"a 1.00\nb", "a  1.4\nb\n", "", false},
		{"a\nb", "a\nc\nb\n", "", false},
		{"a\n...\nb", "a\nc\nd\nb\n", "", true},
		{"a\n...\nb", "a\nc\nd\n", "", false},
		{"a", "a\nb\n", "", false},
		{"a\n ...", "a\nb\n", "", true},
		{"pollard: no\nstatus 1", "status 1\n", "stage\npollard: no\n", true},
		{"pollard: no\nstatus 1", "status 2\n", "pollard: no\n", false},
		{"pollard: no", "", "pollard: yes\n", false},
		{"accuracy 91.65 %", "accuracy 91.40 %\n", "", true},
		{"accuracy 91.65 %", "accuracy 85.40 %\n", "", false},
		{"latency 3.1 ms 2.0 ms 1.5x", "latency  9.1 ms 8 ms 1.1x\n", "", true},
		{"of 1.7e-06", "of 3e-08\n", "", true},
		{"passed", "FAILED\n", "", false},
		{"x-c5df21c7", "x-78ea94bc\n", "", true},
	} {
		if err := showsLines(c.want, c.stdout, c.stderr); (err == nil) != c.same {
			t.Errorf("%q and %q, %q: %v", c.want, c.stdout, c.stderr, err)
		}
	}
	for page, want := range map[string]int{
		"```sh\na\n```\n\n```text\nb\n```\n": 1, "<!-- not run: no network -->\n```sh\na\n```\n": 0, "```sh\na\n```\ntext\n```sh\nb\n```\n": 2,
	} {
		if blocks, err := blocksOf(page); err != nil || len(blocks) != want {
			t.Errorf("%q: %d blocks, %v", page, len(blocks), err)
		}
	}
	for _, page := range []string{"```\n$ pollard x\n```\n", "```bash\nx\n```\n", "    pollard prune\n"} {
		if _, err := blocksOf(page); err == nil {
			t.Errorf("%q: want an error", page)
		}
	}
	blocks, _ := blocksOf("```sh\na\n```\n\n```text\nb\n```\n")
	if blocks[0].commands != "a\n" || blocks[0].out != "b\n" {
		t.Errorf("%+v", blocks)
	}
}

// So are the examples of help, with files of the names that they have.
func TestHelpsExamplesRun(t *testing.T) {
	tooSlow(t)
	dir := t.TempDir()
	var a txtar.Archive
	for _, h := range documented(newApp(io.Discard, io.Discard).Commands) {
		for i, p := range paragraphs(h.description) {
			if !isExample(p) || h.name == "completion" { // which goes into files of the user's shell
				continue
			}
			name := fmt.Sprintf("%s-%d.sh", h.name, i)
			a.Comment = fmt.Appendf(a.Comment, "exec sh -eu %s\n", name)
			a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(p + "\n")})
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "help.txtar"), txtar.Format(&a), 0o666); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir, Setup: func(e *testscript.Env) error { return exampleFiles(e.WorkDir) }})
}

// exampleFiles makes what the examples read: small networks, 64 samples to learn from and 128 to measure on.
func exampleFiles(dir string) error {
	const test = 128
	images, labels := fixtures.Images(), make([]int64, test)
	for i := range labels {
		labels[i] = int64(fixtures.Labels()[i])
	}
	cut := func(n int) *graph.Tensor {
		return graph.TensorOf(graph.Data[float32](images)[:n*28*28], n, 1, 28, 28)
	}
	for name, arrays := range map[string]map[string]*graph.Tensor{
		"samples.npz": {"input": cut(64)},
		"test.npz":    {"input": cut(test), "labels": graph.TensorOf(labels, test)},
	} {
		var all iter.Seq2[string, *graph.Tensor] = func(yield func(string, *graph.Tensor) bool) {
			for k, v := range arrays {
				if !yield(k, v) {
					return
				}
			}
		}
		if err := dataset.SaveNPZ(context.Background(), filepath.Join(dir, name), all); err != nil {
			return err
		}
	}
	if err := dataset.SaveNPY(filepath.Join(dir, "x.npy"), cut(2)); err != nil {
		return err
	}
	for name, of := range map[string]string{"in.onnx": "mobilenetv2", "trained.onnx": "resnet20_bn", "init.onnx": "resnet20_init"} {
		if err := os.WriteFile(filepath.Join(dir, name), fixtures.Model(of), 0o666); err != nil {
			return err
		}
	}
	return publish(dir)
}

// publish makes a model with test data, which are what ONNX Runtime answers to the first images.
func publish(dir string) error {
	answers, err := fixtures.Reference("vgg")
	if err != nil {
		return err
	}
	n := answers.Shape()[0]
	images := graph.TensorOf(graph.Data[float32](fixtures.Images())[:n*28*28], n, 1, 28, 28)
	set := filepath.Join(dir, "test_data_set_0")
	return errors.Join(os.WriteFile(filepath.Join(dir, "model.onnx"), fixtures.Model("vgg"), 0o666), os.Mkdir(set, 0o777),
		os.WriteFile(filepath.Join(set, "input_0.pb"), tensorProto(images), 0o666), os.WriteFile(filepath.Join(set, "output_0.pb"), tensorProto(answers), 0o666))
}
