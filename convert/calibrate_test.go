package convert_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

const calibrationImages = "../fixtures/data/calib-images-idx3-ubyte.gz"

// calibration collects what obs reads on the first 200 images, or on one shard of them.
func calibration(t *testing.T, model, shard string) convert.Calibration {
	t.Helper()
	j := convert.Calibration{
		In: model, Out: filepath.Join(t.TempDir(), "statistics.npz"), Data: calibrationImages, Samples: 200,
		Options: dataset.Options{Mean: 0.2860, Std: 0.3530}, Criteria: []string{"obs"},
	}
	if shard != "" {
		var err error
		if j.Shard, err = dataset.ParseShard(shard); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

func calibrated(t *testing.T, j convert.Calibration) *convert.Report {
	t.Helper()
	r, err := convert.Calibrate(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A network is pruned to the same bytes with the data themselves and with statistics of all of
// them. Merged shards add up in another order: the same units are kept, and only the last bits of
// weights in a rotated basis differ.
func TestPruningByStatisticsOfShardsIsPruningByTheData(t *testing.T) {
	model := models + "vit.onnx"
	prune := func(statistics string, rotate bool) ([]byte, *convert.Report) {
		j := job(t, model, budget.MACs, 0.5)
		j.Config.Criterion, j.Config.Recovery = "obs", convert.NoRecovery
		j.Config.NoRotation = !rotate
		if j.Statistics = statistics; statistics == "" {
			j.Calibration = images(t, "calib-images-idx3-ubyte.gz", 200)
		}
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		return contents(t, j.Out), r
	}
	want, atOnce := prune("", true)
	unturned, _ := prune("", false)

	one := calibration(t, model, "")
	if r := calibrated(t, one); r.Calibration.Source != "data" || r.Calibration.Samples != 200 || r.Statistics.Grams != 26 || r.Statistics.Bytes == 0 {
		t.Errorf("calibration %+v, statistics %+v", r.Calibration, r.Statistics)
	}
	var shards []string
	for _, s := range []string{"1/3", "2/3", "3/3"} {
		j := calibration(t, model, s)
		calibrated(t, j)
		shards = append(shards, j.Out)
	}
	merged := filepath.Join(t.TempDir(), "merged.npz")
	r, err := convert.MergeStatistics(t.Context(), shards, merged, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Statistics; s.Samples != 200 || s.Total != 200 || s.Shard.String() != "1,2,3/3" || s.Grams != 26 {
		t.Errorf("merged: %+v", s)
	}
	for _, path := range []string{one.Out, merged} {
		have, r := prune(path, true)
		if !reflect.DeepEqual(unscored(r.Groups), unscored(atOnce.Groups)) {
			t.Errorf("%s: other units are kept", path)
		}
		if path == one.Out && !bytes.Equal(have, want) {
			t.Errorf("%s: another file is written", path)
		}
		if have, _ := prune(path, false); !bytes.Equal(have, unturned) {
			t.Errorf("%s: another file is written without a change of basis", path)
		}
		if r.Statistics == nil || r.Statistics.Samples != 200 || r.Calibration != nil {
			t.Errorf("%s: report %+v, %+v", path, r.Statistics, r.Calibration)
		}
	}
}

// small writes a model of one free group that takes the given number of samples at a time.
func small(t *testing.T, samples string) string {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[` + samples + `,2] x) => (float[` + samples + `,2] y)
<float[2,3] w = {3, 0, 1, 4, 2, 0}, float[3,2] v = {1, 0, 0, 2, 0, 2}>
{ h = Gemm(x, w)  r = Relu(h)  y = Gemm(r, v) }`)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "small.onnx")
	if err := onnx.Write(t.Context(), path, m, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// Without data, inputs are made up, and the report says so. A model with a fixed batch gets whole
// batches, as do its shards.
func TestCalibrationWithoutData(t *testing.T) {
	for _, c := range []struct {
		batch, shard         string
		wanted, samples, all int
	}{
		{"N", "", 0, 256, 256}, {"N", "", 1000, 1000, 1000}, {"N", "2/3", 1000, 333, 1000},
		{"7", "", 0, 259, 259}, {"7", "1/2", 20, 7, 21}, {"7", "2/2", 20, 14, 21},
	} {
		j := calibration(t, small(t, c.batch), c.shard)
		j.Data, j.Samples = "", c.wanted
		r := calibrated(t, j)
		if r.Calibration.Source != "synthetic" || r.Calibration.Samples != c.samples || r.Statistics.Total != c.all {
			t.Errorf("%+v: have %+v, %+v", c, r.Calibration, r.Statistics)
		}
	}
	j := calibration(t, small(t, "7"), "1/3")
	j.Data, j.Samples = "", 14
	if _, err := convert.Calibrate(t.Context(), j); err == nil || !strings.Contains(err.Error(), "shard 1/3 of 14 samples, 7 at a time, is empty") {
		t.Errorf("have %v", err)
	}
}

func TestPruneRefusesStatisticsThatDoNotFit(t *testing.T) {
	model := small(t, "N")
	j := calibration(t, model, "")
	j.Data, j.Samples, j.Criteria = "", 0, []string{"flap"}
	calibrated(t, j)
	for name, c := range map[string]struct{ model, criterion, want string }{
		"another model":                 {small(t, "7"), "obs", "statistics of another model: want sha256"},
		"another criterion":             {model, "obs", "pollard calibrate --criterion obs collects them"},
		"a criterion that reads none":   {model, "l2", "criterion l2 looks at weights only"},
		"a criterion that is not there": {model, "luck", "unknown criterion"},
	} {
		p := job(t, c.model, budget.Units, 0.5)
		p.Config.Criterion, p.Statistics = c.criterion, j.Out
		if _, err := convert.Prune(t.Context(), p); err == nil || convert.IsGate(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: have %v, want %s", name, err, c.want)
		}
	}
	j.Criteria = []string{"obs", "flap"}
	calibrated(t, j)
	for _, criterion := range j.Criteria {
		p := job(t, model, budget.Units, 0.5)
		p.Config.Criterion, p.Statistics = criterion, j.Out
		if _, err := convert.Prune(t.Context(), p); err != nil {
			t.Errorf("%s: %v", criterion, err)
		}
	}
}

// With statistics alone, the units that best predict the removed ones take over their weights,
// which restores most of the loss.
func TestStatisticsAloneRepair(t *testing.T) {
	model := models + "vit.onnx"
	s := calibration(t, model, "")
	calibrated(t, s)
	agreement := map[string]float64{}
	for _, method := range []string{convert.NoRecovery, convert.StatisticsRecovery} {
		j := job(t, model, budget.MACs, 0.5)
		j.Config.Criterion, j.Config.Solver, j.Config.Recovery, j.Statistics = "", "", method, s.Out
		j.Eval = images(t, "t2k-images-idx3-ubyte.gz", 200)
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		agreement[method] = *r.Agreement.Top1
		if method == convert.NoRecovery {
			continue
		}
		if c := r.Calibration; c == nil || c.Source != "statistics" || c.Samples != 200 || len(r.Recovery) == 0 {
			t.Errorf("calibration %+v, %d nodes", c, len(r.Recovery))
		}
	}
	if agreement["merge"] < 0.95 || agreement["merge"] < agreement[convert.NoRecovery]+0.1 {
		t.Errorf("agreement %v", agreement)
	}
}

// unscored returns groups without their scores, whose last bits depend on the order of summation.
func unscored(groups []report.Group) []report.Group {
	groups = slices.Clone(groups)
	for i := range groups {
		groups[i].Saliency = nil
	}
	return groups
}
