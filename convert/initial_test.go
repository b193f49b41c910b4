package convert_test

import (
	"os"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// Checkpoints are the same network even if their exporters kept or folded BatchNormalization and
// chose different names.
func TestTwoCheckpointsChooseUnits(t *testing.T) {
	chosen := map[string]string{}
	for _, c := range []struct{ trained, initial, criterion string }{
		{"resnet20", "resnet20_init", "change"},
		{"resnet20_bn", "resnet20_init", "change"},
		{"resnet20", "resnet20_init", "movement"},
		{"resnet20", "resnet20_ep1", "change"},
		{"vit", "vit_init", "movement"},
	} {
		j := job(t, models+c.trained+".onnx", budget.MACs, 0.5)
		j.Config.Criterion, j.Initial = c.criterion, models+c.initial+".onnx"
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if !r.Proof.Passed || !r.Budget.Met || r.Initial == nil || r.Choice.Note == "" {
			t.Errorf("%+v: proof %+v, budget %+v, initial %+v, choice %+v", c, r.Proof, r.Budget, r.Initial, r.Choice)
		}
		if other := chosen[r.Pruned.SHA256]; other != "" {
			t.Errorf("%+v: the same model as %s", c, other)
		}
		chosen[r.Pruned.SHA256] = c.trained + " " + c.initial + " " + c.criterion
	}
}

func TestInitialMustBeTheSameNetwork(t *testing.T) {
	const network = `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x) => (float[N,2] y)
<float[2,3] w = {3, 0, 1, 4, 2, 0}, float[3] b = {1, 1, 1}, float[3,2] v = {1, 0, 0, 2, 0, 2}>
{ h = Gemm<alpha: float = 1.0>(x, w, b)  r = Relu(h)  y = MatMul(r, v) }`
	other := strings.NewReplacer
	for name, c := range map[string]struct {
		change *strings.Replacer
		want   string
	}{
		"names of values":    {other(" h =", " h2 =", "(h)", "(h2)", "r =", "r2 =", "(r,", "(r2,", " w ", " u ", " w,", " u,"), ""},
		"another operator":   {other("Relu", "Tanh"), `is Relu of opset 13 with 1 inputs in one, and`},
		"another attribute":  {other("alpha: float = 1.0", "alpha: float = 2.0"), "attribute alpha"},
		"another width":      {other("float[2,3] w = {3, 0, 1, 4, 2, 0}, float[3] b = {1, 1, 1}, float[3,2] v = {1, 0, 0, 2, 0, 2}", "float[2,1] w = {3, 0}, float[1] b = {1}, float[1,2] v = {1, 0}"), `constant "w": is float[2,3], but "w" is float[2,1]`},
		"no bias":            {other("(x, w, b)", "(x, w)", ", float[3] b = {1, 1, 1}", ""), "with 3 inputs in one"},
		"another input":      {other(" x)", " z)", "(x,", "(z,"), `input "x" of the original is missing`},
		"another output too": {other("(float[N,2] y)", "(float[N,2] y, float[N,3] r)"), "want 1 outputs, have 2"},
	} {
		m, err := graph.Parse(network)
		if err != nil {
			t.Fatal(err)
		}
		initial, err := graph.Parse(c.change.Replace(network))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = convert.PruneModel(t.Context(), m, convert.Config{
			Budget: budget.Budget{Metric: budget.Params, Keep: 0.7}, Solver: "uniform", Criterion: "change", Initial: initial, InitialPath: "init.onnx", Recovery: convert.NoRecovery,
		}, convert.Samples{}, nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: want %q, have %v", name, c.want, err)
		}
	}
}

func TestInitialIsAskedForAndRead(t *testing.T) {
	for _, c := range []struct {
		initial, criterion string
		rounds             int
		want               string
	}{
		{"", "movement", 1, "want --initial"},
		{models + "resnet20_init.onnx", "l2", 1, "criterion l2 does not read it: want one of change or movement"},
		{models + "resnet20_init.onnx", "change", 2, "want 1, have 2"},
		{models + "vgg.onnx", "change", 1, "is not the same network"},
		{"absent.onnx", "change", 1, "absent.onnx: no such file"},
	} {
		j := job(t, models+"resnet20.onnx", budget.MACs, 0.5)
		j.Config.Criterion, j.Initial, j.Config.Rounds = c.criterion, c.initial, c.rounds
		if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: have %v", c, err)
		}
		if _, err := os.Stat(j.Out); err == nil {
			t.Errorf("%+v: a file was written", c)
		}
	}
}
