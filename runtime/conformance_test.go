package runtime_test

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/testset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// unsupported lists the official cases that we do not answer as they want; the file says how.
//
//go:embed testdata/unsupported.txt
var unsupported string

// unsupportedNewest lists those of the newest onnx package.
//
//go:embed testdata/unsupported_newest.txt
var unsupportedNewest string

// exception is a line of unsupported. The cases that match the pattern must fail with the given
// error.
type exception struct{ pattern, says, reason string }

func exceptions(t *testing.T, list string) (all []exception) {
	t.Helper()
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 3 {
			t.Fatalf("the list of exceptions: want CASES | ERROR | REASON, have %q", line)
		}
		all = append(all, exception{strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1]), strings.TrimSpace(parts[2])})
	}
	return all
}

// TestOfficialModels runs all models that ONNX publishes with its source and their data (Debian:
// libonnx-testdata) as a user's are run: imported and compiled to a session, with answers compared
// as ONNX's own runner does. Only what testdata/unsupported.txt lists may fail, with the error
// given there, and all of it must.
func TestOfficialModels(t *testing.T) {
	root := os.Getenv("POLLARD_ONNX_TESTDATA")
	if root == "" {
		root = "/usr/share/libonnx-testdata/data"
	}
	models := officialModels(t, root, "install libonnx-testdata, or name their directory in POLLARD_ONNX_TESTDATA")
	official(t, models, unsupported)
	weightless(t, root)
}

// TestNewestCases runs the operator cases of the newest onnx package of PyPI, which computes them with NumPy;
// fixtures/conformance/cases.py writes them. At least 97 % of them must pass, and all that do not are listed.
func TestNewestCases(t *testing.T) {
	root := os.Getenv("POLLARD_ONNX_CASES")
	if root == "" {
		t.Skip("no folder of cases is named in POLLARD_ONNX_CASES: fixtures/conformance/cases.py writes one")
	}
	models := officialModels(t, root, "fixtures/conformance/cases.py writes them")
	if passed := official(t, models, unsupportedNewest); 100*passed < 97*len(models) {
		t.Errorf("only %d of %d cases pass", passed, len(models))
	}
}

func officialModels(t *testing.T, root, advice string) []string {
	t.Helper()
	models, err := filepath.Glob(filepath.Join(root, "*", "*", "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if len(models) == 0 {
		t.Skipf("no official models in %s: %s", root, advice)
	}
	return models
}

// official runs the models, of which those that the text lists must fail. It returns how many pass.
func official(t *testing.T, models []string, excepted string) (total int) {
	var mu sync.Mutex
	passed, ran := map[string]int{}, map[string]int{}
	used := map[exception]int{}
	list := exceptions(t, excepted)
	t.Run("model", func(t *testing.T) {
		for _, file := range models {
			dir := filepath.Dir(file)
			name := filepath.Base(filepath.Dir(dir)) + "/" + filepath.Base(dir)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				kind, err := conforms(dir)
				e := exceptionFor(t, list, name)
				mu.Lock()
				defer mu.Unlock()
				ran[kind]++
				switch {
				case e != nil:
					used[*e]++
					if err == nil || !strings.Contains(err.Error(), e.says) {
						t.Errorf("want an error with %q, as the list of exceptions says, have %v", e.says, err)
					}
				case err != nil:
					t.Error(err)
				default:
					passed[kind]++
				}
			})
		}
	})
	for _, kind := range slices.Sorted(maps.Keys(ran)) {
		t.Logf("%4d of %4d %s", passed[kind], ran[kind], kind)
		total += passed[kind]
	}
	t.Logf("%4d of %4d models pass: %.1f %%", total, len(models), 100*float64(total)/float64(len(models)))
	for _, e := range list {
		if used[e] == 0 {
			t.Errorf("the list of exceptions: no case matches %q", e.pattern)
		}
		t.Logf("%4d %s: %s", used[e], e.pattern, e.reason)
	}
	return total
}

// weightless counts the models whose test data folder holds only their address.
func weightless(t *testing.T, root string) {
	t.Helper()
	addresses, err := filepath.Glob(filepath.Join(root, "*", "*", "data.json"))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range addresses {
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), "model.onnx")); err != nil {
			count++
		}
	}
	t.Logf("%4d more are addresses of models that are not in the package", count)
}

func exceptionFor(t *testing.T, list []exception, name string) (found *exception) {
	for i, e := range list {
		matches, err := path.Match(e.pattern, name)
		switch {
		case err != nil:
			t.Fatalf("the list of exceptions: %q: %v", e.pattern, err)
		case matches && found != nil:
			t.Errorf("the list of exceptions: both %q and %q match", found.pattern, e.pattern)
		case matches:
			found = &list[i]
		}
	}
	return found
}

// conforms runs the model in dir on its test sets. Kind is the element type that it reads or
// computes.
func conforms(dir string) (kind string, err error) {
	kind = "unread"
	b, err := os.ReadFile(filepath.Join(dir, "model.onnx"))
	if err != nil {
		return kind, err
	}
	m, err := onnx.Decode("model.onnx", b)
	if err != nil {
		return kind, err
	}
	kind = kindOf(m.Graph)
	sets, err := testset.Read(dir, m)
	if err != nil {
		return kind, err
	}
	s, err := runtime.Compile(m, runtime.Options{Threads: 1})
	if err != nil {
		return kind, err
	}
	for _, set := range sets {
		different, err := set.Run(context.Background(), s, testset.Tolerance(m))
		if err != nil {
			return kind, err
		}
		if different != nil {
			return kind, fmt.Errorf("%v", different)
		}
	}
	return kind, nil
}

// kindOf returns the element type that a case is about: that of its first input, or of its output
// if it has no input.
func kindOf(g *graph.Graph) string {
	for _, v := range slices.Concat(g.Inputs, g.Outputs) {
		switch t := v.Type; {
		case v.Const != nil:
		case t.DType == graph.Undefined:
			return "optional"
		case t.DType == graph.Sequence:
			return "seq(" + t.ItemType().DType.String() + ")"
		default:
			return t.DType.String()
		}
	}
	return "none"
}
