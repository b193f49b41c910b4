package convert_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// images returns a loader that binds the first count images of a fixture, normalized, to a model's
// inputs.
func images(t *testing.T, file string, count int) func(*graph.Model) (*convert.Data, error) {
	t.Helper()
	set, err := dataset.Load("../fixtures/data/"+file, dataset.Options{Mean: 0.2860, Std: 0.3530})
	if err != nil {
		t.Fatal(err)
	}
	return func(m *graph.Model) (*convert.Data, error) {
		feeds, err := set.Bind(m.Graph.Inputs)
		if err != nil {
			return nil, err
		}
		if feeds, err = dataset.Subset(feeds, 0, count); err != nil {
			return nil, err
		}
		return convert.InMemory(feeds, nil)
	}
}

// On images that neither the choice of units nor the repair has seen, the repaired network agrees
// with the original far more often than the cut one, and the report describes each node.
func TestRepairBringsAgreementBack(t *testing.T) {
	agreement := map[string]float64{}
	for _, method := range []string{convert.NoRecovery, "leastsquares"} {
		j := job(t, models+"vit.onnx", budget.MACs, 0.5)
		j.Config.Recovery = method
		j.Calibration, j.Eval = images(t, "calib-images-idx3-ubyte.gz", 128), images(t, "t2k-images-idx3-ubyte.gz", 200)
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		agreement[method] = *r.Agreement.Top1
		if method == convert.NoRecovery {
			if r.Recovery != nil {
				t.Errorf("no recovery: %+v", r.Recovery)
			}
			continue
		}
		if c := r.Calibration; c == nil || c.Source != "data" || c.Samples != 128 {
			t.Errorf("calibration: %+v", c)
		}
		taken := 0
		for _, n := range r.Recovery {
			if n.Taken != (n.After < n.Before) {
				t.Errorf("%+v", n)
			}
			if n.Taken {
				taken++
			}
		}
		if taken < 20 || !r.Proof.Passed || !r.Proof.Written {
			t.Errorf("%d nodes repaired, proof %+v", taken, r.Proof)
		}
	}
	if a := agreement; a["leastsquares"] < 0.8 || a["leastsquares"] < a[convert.NoRecovery]+0.1 {
		t.Errorf("agreement with the original: %v", a)
	}
}

// Without data, inputs are made up, and the report says so. Two runs write the same bytes.
func TestRepairWithoutDataIsSyntheticAndRepeatable(t *testing.T) {
	var files [2][]byte
	for i := range files {
		j := job(t, models+"vit_op17.onnx", budget.MACs, 0.7)
		j.Config.Recovery, j.Config.Threads = "leastsquares", i+1
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		if r.Calibration == nil || r.Calibration.Source != "synthetic" || len(r.Recovery) == 0 {
			t.Errorf("calibration %+v, %d nodes", r.Calibration, len(r.Recovery))
		}
		if files[i], err = os.ReadFile(j.Out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two runs wrote different files")
	}
}

func TestUnknownRecoveryIsRefused(t *testing.T) {
	j := job(t, filepath.Join(models, "vit.onnx"), budget.MACs, 0.7)
	j.Config.Recovery = "magic"
	if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), "want one of bias, leastsquares, merge, variance or none") {
		t.Errorf("have %v", err)
	}
}
