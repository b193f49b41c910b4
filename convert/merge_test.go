package convert_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/internal/figures"
)

// The order of the files, merging in steps, and the number of threads do not change a byte.
func TestStatisticsAreTheSameBytes(t *testing.T) {
	model := small(t, "N")
	var shards []string
	for i, s := range []string{"1/3", "2/3", "3/3"} {
		j := calibration(t, model, s)
		j.Data, j.Samples = "", 0
		j.Config.Threads = i + 1
		calibrated(t, j)
		again := j
		again.Out, again.Config.Threads = filepath.Join(t.TempDir(), "again.npz"), 1
		calibrated(t, again)
		if !bytes.Equal(contents(t, j.Out), contents(t, again.Out)) {
			t.Errorf("shard %s: two runs wrote different files", s)
		}
		shards = append(shards, j.Out)
	}
	dir := t.TempDir()
	merge := func(name string, paths ...string) string {
		out := filepath.Join(dir, name)
		if _, err := convert.MergeStatistics(t.Context(), paths, out, nil); err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := contents(t, merge("a", shards...))
	if !bytes.Equal(contents(t, merge("b", shards[2], shards[0], shards[1])), want) {
		t.Error("another order, another file")
	}
	if !bytes.Equal(contents(t, merge("d", merge("c", shards[0], shards[1]), shards[2])), want) {
		t.Error("in two steps, another file")
	}
	if !bytes.Equal(contents(t, merge("e", shards[1])), contents(t, shards[1])) {
		t.Error("one file, another file")
	}
}

// Files that do not belong together are not merged, and nothing is written.
func TestMergeRefusesWhatDoesNotBelongTogether(t *testing.T) {
	model := small(t, "N")
	file := func(model, shard string, samples int, change func(*convert.Calibration)) string {
		j := calibration(t, model, shard)
		j.Data, j.Samples = "", samples
		if change != nil {
			change(&j)
		}
		calibrated(t, j)
		return j.Out
	}
	first, second := file(model, "1/3", 90, nil), file(model, "2/3", 90, nil)
	both := filepath.Join(t.TempDir(), "both.npz")
	if _, err := convert.MergeStatistics(t.Context(), []string{first, second}, both, nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ other, want string }{
		"the same twice":    {first, "shard 1/3 is there already"},
		"an overlap":        {both, "shard 1/3 is there already"},
		"another model":     {file(small(t, "7"), "2/3", 91, nil), "statistics of another model"},
		"another number":    {file(model, "2/3", 91, nil), "want parts of 90 samples in 3 shards, have parts of 91 in 3"},
		"another division":  {file(model, "2/4", 90, nil), "want parts of 90 samples in 3 shards, have parts of 90 in 4"},
		"another criterion": {file(model, "2/3", 90, func(j *convert.Calibration) { j.Criteria = []string{"flap"} }), "want shards with the same recipe"},
		"another seed":      {file(model, "2/3", 90, func(j *convert.Calibration) { j.Config.Seed = 1 }), "want shards with the same recipe"},
		"no file":           {filepath.Join(t.TempDir(), "none.npz"), "no such file"},
		"no archive":        {model, "want an .npy, .npz or IDX file"},
		"foreign arrays":    {"dataset/testdata/plain.npz", `its first array is "ids"`},
	} {
		out := filepath.Join(t.TempDir(), "out.npz")
		_, err := convert.MergeStatistics(t.Context(), []string{first, c.other}, out, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), c.other+": ") {
			t.Errorf("%s: have %v, want %s: ... %s", name, err, c.other, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a file was written", name)
		}
	}
	if _, err := convert.MergeStatistics(t.Context(), []string{first, second}, second, nil); err == nil || !strings.Contains(err.Error(), "would overwrite") {
		t.Errorf("over an input: have %v", err)
	}
}

// The digest of a model covers weights in other files.
func TestTheDigestCoversExternalWeights(t *testing.T) {
	dir := t.TempDir()
	model, weights := filepath.Join(dir, "m.onnx"), filepath.Join(dir, "m.onnx.data")
	seen := map[string]bool{}
	for _, text := range []string{"old", "new"} {
		for _, path := range []string{model, weights} {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			d, err := figures.Digest(model, []string{weights})
			if path == weights && (err != nil || seen[d]) {
				t.Errorf("%s: %q (%v)", text, d, err)
			}
			seen[d] = true
		}
	}
}
