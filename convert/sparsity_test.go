package convert_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

func sparseJob(t *testing.T, name, pattern string, share float64) convert.Job {
	return convert.Job{In: models + name + ".onnx", Out: filepath.Join(t.TempDir(), "out.onnx"), Config: convert.Config{
		Sparsity: convert.Sparsity{Pattern: pattern, Share: share}, Recovery: convert.AutoRecovery,
	}}
}

// holds compares the file with the report.
func holds(t *testing.T, path string, r *convert.Report) {
	t.Helper()
	file, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := op.InferGraph(file.Model.Graph); err != nil {
		t.Fatal(err)
	}
	p, err := sparsity.Parse(r.Sparsity.Pattern)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Sparsity
	if math.Abs(s.Reached-s.Wanted) > 0.01 || s.Reached < s.Wanted-1e-9 {
		t.Errorf("want %g zeroes, have %g", s.Wanted, s.Reached)
	}
	at, nonZero := 0, int64(0)
	for _, n := range file.Model.Graph.Nodes {
		l, _ := sparsity.Of(n, p)
		if l == nil {
			continue
		}
		w, each := l.Weights(), l.Outs*l.Cols
		for g := range l.Groups {
			if !p.Holds(w[g*each:][:each], l.Outs, l.Cols) {
				t.Errorf("%s: the pattern does not hold", n.Label())
			}
		}
		_, left := sparsity.Count(l)
		nonZero += int64(left)
		if at >= len(s.Nodes) || s.Nodes[at].Node != n.Title() || s.Nodes[at].NonZero != left || left == 0 {
			t.Errorf("%s: the file has %d weights that are not zero, the report says otherwise", n.Label(), left)
		}
		at++
	}
	if nonZero != s.NonZero || at != len(s.Nodes) {
		t.Errorf("want %d weights in %d nodes, have %d in %d", s.NonZero, len(s.Nodes), nonZero, at)
	}
	named := false
	for _, k := range file.Model.Metadata {
		named = named || k.Key == sparsify.SparsityKey && strings.Contains(k.Value, "pattern="+s.Pattern+" ")
	}
	if !named {
		t.Errorf("the metadata %v do not name the pattern", file.Model.Metadata)
	}
}

// Every pattern holds in the written file, with and without data, alone and after a cut.
func TestWeightsAreZeroInThePattern(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	for _, k := range []struct {
		pattern string
		share   float64
	}{{"unstructured", 0.8}, {"4x1", 0.6}, {"2x2", 0.5}, {"2:4", 0}, {"1:3", 0}} {
		for _, cut := range []bool{false, true} {
			for _, data := range []bool{false, true} {
				if data && (cut != (k.pattern == "4x1") || k.pattern == "1:3") {
					continue
				}
				j := sparseJob(t, "mobilenetv2", k.pattern, k.share)
				if data {
					j.Calibration = images(t, "calib-images-idx3-ubyte.gz", 30)
				}
				if cut {
					j.Config.Budget, j.Config.Criterion, j.Config.Solver = budget.Budget{Metric: budget.MACs, Keep: 0.3, Floor: 0.1, RoundTo: 12}, "l2", "uniform"
				}
				r, err := convert.Prune(t.Context(), j)
				if err != nil {
					t.Fatalf("%s, cut %v, data %v: %v", k.pattern, cut, data, err)
				}
				if !r.Proof.Passed || !r.Proof.Written {
					t.Errorf("%s: proof %+v", k.pattern, r.Proof)
				}
				if want := map[bool]string{true: "obs", false: "magnitude"}[data]; r.Sparsity.Criterion != want {
					t.Errorf("%s: want criterion %s, have %s", k.pattern, want, r.Sparsity.Criterion)
				}
				holds(t, j.Out, r)
			}
		}
	}
}

// Products of matrices get zeros too. Depthwise convolutions stay dense, and the report says why.
func TestSparsityOfOtherNetworks(t *testing.T) {
	for name, dense := range map[string]string{"mobilenetv2": "depthwise", "vit": "", "resnet20_ep1": ""} {
		j := sparseJob(t, name, "4x1", 0.5)
		j.Config.NoProof = true
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, j.Out, r)
		if got := len(r.Sparsity.Dense) > 0; got != (dense != "") || got && r.Sparsity.Dense[0].Why != dense {
			t.Errorf("%s: dense %+v", name, r.Sparsity.Dense)
		}
	}
}

func TestSparseBytesDoNotDependOnThreads(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	var files [2][]byte
	for i := range files {
		j := sparseJob(t, "mobilenetv2", "unstructured", 0.9)
		j.Calibration = images(t, "calib-images-idx3-ubyte.gz", 20)
		j.Config.Threads, j.Config.NoProof = i+1, true
		if _, err := convert.Prune(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		var err error
		if files[i], err = os.ReadFile(j.Out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("one and two threads wrote different files")
	}
}

func TestSparsitySaysWhatIsWrong(t *testing.T) {
	for want, s := range map[string]convert.Sparsity{
		"sparsity: want a pattern":                           {Share: 0.5},
		"pattern: want one of":                               {Pattern: "4by1", Share: 0.5},
		"sparsity: want a number over 0 and below 1, have 1": {Pattern: "4x1", Share: 1},
		"sparsity: want a number over 0 and below 1, have 0": {Pattern: "4x1"},
		"sparsity: pattern 2:4 fixes it at 0.5, have 0.8":    {Pattern: "2:4", Share: 0.8},
		"allocation: want uniform or error, have \"fair\"":   {Pattern: "4x1", Share: 0.5, Allocation: "fair"},
		"allocation: pattern 2:4 needs uniform":              {Pattern: "2:4", Allocation: "error"},
		"sparsity criterion: want one of magnitude, obs":     {Pattern: "2:4", Criterion: "luck"},
		"sparsity criterion obs: want data to learn from":    {Pattern: "2:4", Criterion: "obs"},
		"allocation error: want data to learn from":          {Pattern: "4x1", Share: 0.5, Allocation: "error"},
	} {
		j := sparseJob(t, "resnet20_ep1", "", 0)
		j.Config.Sparsity = s
		if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: want an error with %q, have %v", s, want, err)
		}
	}
}
