package convert_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/passes/budget"
)

// open returns a job that leaves the choice of units to Prune.
func open(t *testing.T, in string, metric budget.Metric, keep float64) convert.Job {
	t.Helper()
	j := job(t, in, metric, keep)
	j.Config.Criterion, j.Config.Solver, j.Config.Recovery = "", "", "leastsquares"
	j.Calibration, j.Eval = images(t, "calib-images-idx3-ubyte.gz", 128), images(t, "t2k-images-idx3-ubyte.gz", 200)
	return j
}

// By default, units are removed where errors measured at the outputs are least, and heads are
// rotated first. Each of these brings the cut network closer to the original.
func TestDefaultChoiceIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	apart := map[string]float64{}
	for name, change := range map[string]func(*convert.Config){
		"default":     func(*convert.Config) {},
		"unmeasured":  func(c *convert.Config) { c.NoMeasure = true },
		"not rotated": func(c *convert.Config) { c.NoRotation = true },
		"magnitude":   func(c *convert.Config) { c.NoRotation, c.Criterion = true, "l2" },
	} {
		j := open(t, models+"vit.onnx", budget.MACs, 0.4)
		change(&j.Config)
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		apart[name] = 1 - *r.Agreement.Cosine
		if !r.Proof.Passed || !r.Proof.Written || !r.Budget.Met {
			t.Errorf("%s: proof %+v, budget %+v", name, r.Proof, r.Budget)
		}
		k := r.Choice
		switch name {
		case "default":
			if k.Criterion != "obs" || k.Solver != "error" || k.Rounds != 1 || k.Measured < 18 || len(k.Rotations) != 8 {
				t.Errorf("choice %+v", k)
			}
		case "magnitude":
			if k.Criterion != "l2" || k.Solver != "uniform" || k.Measured != 0 || k.Rotations != nil {
				t.Errorf("magnitude: choice %+v", k)
			}
		}
	}
	t.Logf("1 - cosine of the outputs: %v", apart)
	if !(apart["default"] < apart["unmeasured"] && apart["default"] < 0.7*apart["not rotated"] && apart["not rotated"] < 0.7*apart["magnitude"]) {
		t.Errorf("1 - cosine of the outputs: %v", apart)
	}
}

// A budget in units is a share of every width, whatever the criterion.
func TestUnitsBudgetHalvesEveryWidth(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	j := open(t, models+"vgg.onnx", budget.Units, 0.5)
	j.Config.Recovery = convert.NoRecovery
	r, err := convert.Prune(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Groups {
		if 2*g.Kept != g.Units {
			t.Errorf("%s: %d of %d units are kept", g.Name, g.Kept, g.Units)
		}
	}
	if r.Choice.Criterion != "obs" || r.Choice.Solver != "uniform" {
		t.Errorf("choice %+v", r.Choice)
	}
}

// Rounds end in one plan for the original: the budget is met, the cut proven, the file repaired.
func TestRoundsEndInOneProvenPlan(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	for _, name := range []string{"vit.onnx", "mobilenetv2.onnx"} {
		j := open(t, models+name, budget.MACs, 0.3)
		j.Config.Rounds, j.Config.NoMeasure = 3, true
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		if r.Choice.Rounds != 3 || !r.Proof.Passed || !r.Budget.Met || r.Budget.Reached < 0.29 {
			t.Errorf("%s: choice %+v, proof %+v, budget %+v", name, r.Choice, r.Proof, r.Budget)
		}
		if got := 1 / r.Ratio.MACs; got > 0.3 || got < 0.29 {
			t.Errorf("%s: %.4f of the MACs are left", name, got)
		}
		if r.Agreement.Value() < 0.8 {
			t.Errorf("%s: agreement %+v", name, r.Agreement)
		}
	}
}

// A change of basis leaves the outputs alone before anything is cut.
func TestRotationLeavesTheOutputs(t *testing.T) {
	file, err := onnx.Read(models + "mobilenetv2.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	load := images(t, "calib-images-idx3-ubyte.gz", 64)
	d, err := load(file.Model)
	if err != nil {
		t.Fatal(err)
	}
	c := convert.Config{Budget: budget.Budget{Metric: budget.MACs, Keep: 1, Floor: 0.1}, Recovery: convert.NoRecovery, NoMeasure: true}
	r, err := convert.PruneModel(t.Context(), file.Model, c, convert.Samples{Calibration: d.Samples}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Choice.Rotations) != 4 {
		t.Errorf("rotations %+v", r.Choice.Rotations)
	}
	if rel := apartBy(t, file.Model, r.Cut); rel > 1e-5 {
		t.Errorf("outputs moved by %g", rel)
	}
}
