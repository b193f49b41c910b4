package convert_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pollard-dev/pollard/"

// law lists the packages of this module that a package may import. An entry is for one package, not
// for those below it. Tests may import anything.
var law = map[string][]string{
	"graph":                        {"graph/memory"},
	"graph/memory":                 {},
	"graph/level":                  {},
	"graph/level/leveltest":        {},
	"graph/op":                     {"graph"},
	"passes":                       {"graph"},
	"passes/group":                 {"graph", "graph/op"},
	"passes/simplify":              {"passes", "graph", "graph/op"},
	"passes/gradient":              {"graph", "graph/op"},
	"passes/learning":              {"passes/gradient", "graph", "graph/op"},
	"passes/linear":                {"passes/internal/linalg", "graph", "graph/op"},
	"passes/internal/linalg":       {"graph/level", "passes"},
	"passes/statistics":            {"passes", "passes/internal/linalg", "passes/group", "passes/linear", "graph", "graph/op"},
	"passes/saliency":              {"passes", "passes/internal/linalg", "passes/group", "passes/linear", "passes/statistics", "graph", "graph/op"},
	"passes/target":                {"passes/group", "graph"},
	"passes/budget":                {"passes", "passes/group", "passes/target", "graph", "graph/op"},
	"passes/lossless":              {"passes", "passes/group", "passes/linear", "passes/statistics", "graph", "graph/op"},
	"passes/surgery":               {"passes", "passes/group", "graph", "graph/op"},
	"passes/sparsity":              {"passes", "passes/internal/linalg", "passes/linear", "graph"},
	"passes/recovery":              {"passes", "passes/internal/linalg", "passes/group", "passes/linear", "passes/sparsity", "passes/statistics", "graph", "graph/op"},
	"passes/redundancy":            {"passes/internal/linalg", "passes/group", "passes/linear", "passes/statistics", "graph"},
	"passes/rotation":              {"passes/internal/linalg", "passes/group", "passes/linear", "passes/statistics", "graph", "graph/op"},
	"runtime/internal/nnls":        {},
	"runtime/sparse":               {"graph", "runtime/internal/nnls"},
	"runtime/internal/kernel":      {"graph", "graph/op", "runtime/internal/kernel/simd", "runtime/sparse"},
	"runtime/internal/kernel/simd": {"graph/level"},
	"runtime/internal/fuse":        {"graph"},
	"runtime":                      {"graph", "graph/op", "runtime/internal/fuse", "runtime/internal/kernel", "runtime/internal/nnls", "runtime/sparse"},
	"runtime/onnxgo":               {"graph", "graph/op", "runtime"},
	"convert/internal/staging":     {},
	"convert/onnx":                 {"graph", "convert/internal/staging", "convert/onnx/internal/onnxpb"},
	"convert/onnx/internal/onnxpb": {},
	"convert/dataset":              {"graph", "convert/internal/staging", "convert/dataset/picture", "convert/dataset/tokenizer", "convert/onnx"},
	"convert/dataset/picture":      {"graph", "convert/internal/staging"},
	"convert/dataset/tokenizer":    {"convert/internal/staging"},
	"convert/format":               {},
	"convert/report":               {"graph/level", "passes/budget", "passes/group", "passes/redundancy", "passes/rotation", "passes/simplify", "convert/dataset"},
	"convert/task":                 {"graph", "convert/dataset", "convert/report", "convert/task/detection"},
	"convert/task/detection":       {"graph"},
	"convert/testset":              {"graph", "graph/op", "runtime", "convert/dataset", "convert/onnx", "convert/report"},
	"convert/html":                 {"convert", "convert/format", "convert/report", "passes/group", "passes/rotation"},
	"convert/cmd/pollard":          {"convert", "convert/internal/staging", "convert/onnx", "convert/dataset", "convert/dataset/picture", "convert/format", "convert/html", "convert/report", "convert/task", "graph", "passes/budget", "passes/group", "passes/recovery", "passes/rotation", "passes/saliency", "passes/sparsity", "passes/target", "runtime"},
	"fixtures":                     {"graph", "convert/onnx"},
	"fixtures/tool":                {},
	"fixtures/zoo":                 {"fixtures/tool", "convert", "convert/onnx"},
	"fixtures/perf":                {"fixtures/tool", "convert", "convert/report"},
	"fixtures/real":                {"fixtures/tool", "convert/dataset", "convert/onnx", "convert/report", "convert/task", "convert/task/detection", "graph", "runtime"},
	"fixtures/mutants":             {},
	"fixtures/mutants/inserted":    {},
	"fixtures/hostile":             {"fixtures", "fixtures/tool", "convert/onnx", "convert/dataset", "graph"},
	"fixtures/sparse":              {"fixtures/tool", "convert", "convert/onnx", "convert/report", "graph", "graph/op", "runtime"},
}

// floors lists the rooms of convert/internal from the ground up. A room may import rooms of lower
// floors, none of its own floor or above, and the packages in below. The verbs in convert stand on
// top and may import them all.
var floors = [][]string{
	{"stage", "staging"},
	{"canonical", "cut", "output", "reference"},
	{"figures", "samples"},
	{"apart", "calibrate", "checkpoint", "defaults", "latency", "look", "measure", "proof"},
	{"distil", "peer", "prepare", "repair"},
	{"plan", "sparsify", "study"},
	{"pipeline"},
	{"candidate", "ticket"},
	{"search", "sweep"},
}

// below lists what every room may import.
var below = []string{"graph", "graph/op", "passes", "runtime", "runtime/sparse", "convert/dataset", "convert/onnx", "convert/report", "convert/task",
	"passes/budget", "passes/gradient", "passes/group", "passes/learning", "passes/linear", "passes/lossless", "passes/recovery", "passes/redundancy", "passes/rotation",
	"passes/saliency", "passes/simplify", "passes/sparsity", "passes/statistics", "passes/surgery", "passes/target"}

func init() {
	const rooms = "convert/internal/"
	lower := below
	for _, floor := range floors {
		for _, room := range floor {
			if law[rooms+room] == nil {
				law[rooms+room] = lower
			}
		}
		for _, room := range floor {
			lower = append(slices.Clip(lower), rooms+room)
		}
	}
	law["convert"] = append(slices.Clip(lower), "convert/testset", "graph/level")
}

// outside lists the modules that a package may import; packages without an entry import only the
// standard library.
var outside = map[string][]string{
	"convert/onnx":                 {"google.golang.org/protobuf", "golang.org/x/sys"},
	"convert/onnx/internal/onnxpb": {"google.golang.org/protobuf"},
	"convert/dataset":              {"github.com/apache/arrow-go/v18"},
	"convert/dataset/picture":      {"golang.org/x/image", "github.com/goccy/go-yaml"},
	"convert/dataset/tokenizer":    {"golang.org/x/text", "github.com/rivo/uniseg"},
	"graph/level":                  {"golang.org/x/sys"},
	"passes/lossless":              {"gonum.org/v1/gonum"},
	"passes/recovery":              {"gonum.org/v1/gonum"},
	"passes/sparsity":              {"gonum.org/v1/gonum"},
	"passes/rotation":              {"gonum.org/v1/gonum"},
	"passes/saliency":              {"gonum.org/v1/gonum"},
	"runtime/onnxgo":               {"github.com/owulveryck/onnx-go", "gorgonia.org/tensor", "gonum.org/v1/gonum"},
	"convert":                      {"golang.org/x/sys"},
	"fixtures/tool":                {"github.com/urfave/cli/v2"},
	"fixtures/zoo":                 {"github.com/urfave/cli/v2"},
	"fixtures/perf":                {"github.com/urfave/cli/v2"},
	"fixtures/real":                {"github.com/urfave/cli/v2"},
	"fixtures/sparse":              {"github.com/urfave/cli/v2"},
	"fixtures/hostile":             {"google.golang.org/protobuf"},
	"convert/cmd/pollard":          {"github.com/urfave/cli/v2", "github.com/jedib0t/go-pretty/v6", "golang.org/x/term"},
}

func TestImportsFollowTheLaw(t *testing.T) {
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "peers" || d.Name() == "gen" || (strings.HasPrefix(d.Name(), ".") && path != root)) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
		allowed, known := law[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the import law", path, pkg)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			own, inside := strings.CutPrefix(imported, module)
			first, _, _ := strings.Cut(imported, "/")
			switch {
			case inside && own != "graph/memory" && !slices.Contains(allowed, own): // every reader of files needs the memory limit
				t.Errorf("%s: %s may not import %s", path, pkg, own)
			case !inside && strings.Contains(first, ".") && !slices.ContainsFunc(outside[pkg], func(m string) bool {
				return imported == m || strings.HasPrefix(imported, m+"/")
			}):
				t.Errorf("%s: %s may not import %s", path, pkg, imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
