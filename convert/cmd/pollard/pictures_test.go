package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

const pictures = root + "/fixtures/pictures/"

// What was taken from a folder, and what of the preprocessing was guessed, is said and reported.
func TestFolderIsSaid(t *testing.T) {
	model := pictures + "colours.onnx"
	out := filepath.Join(t.TempDir(), "report.json")
	status, _, stderr := invoke(t, "prune", model, "-o", filepath.Join(t.TempDir(), "o.onnx"), "--units", "75%", "--no-latency", "--json", out,
		"--calibration", pictures+"photos", "--preset", "imagenet", "--resize", "squash", "--filter", "bicubic")
	if status != exitDone || !strings.Contains(stderr, "photos: 16 pictures\n") || !strings.Contains(stderr, "squash to 32x32, bicubic, rgb, nchw, scale 1/255, mean 0.485 0.456 0.406, std 0.229 0.224 0.225 (as given)") {
		t.Fatalf("have status %d, %q", status, stderr)
	}
	var r convert.Report
	text, err := os.ReadFile(out)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	if p := r.Preprocess; p == nil || p.Filter != "bicubic" || len(p.Guessed) != 0 || len(r.Folders) != 1 || r.Folders[0].For != "calibration" || r.Folders[0].Samples != 16 {
		t.Errorf("preprocess is %+v, folders %+v", r.Preprocess, r.Folders)
	}
	status, stdout, stderr := invoke(t, "data", model, pictures+"broken", "--skip-bad")
	for _, want := range []string{"broken: 1 picture\n", "left out: cut.jpg: ", "left out: text.jpg: ", "left out: empty.png: ", "(guessed: order, resize, filter, scale, mean, std)"} {
		if status != exitDone || !strings.Contains(stderr, want) {
			t.Errorf("want %q, have status %d, %q", want, status, stderr)
		}
	}
	if !strings.Contains(stdout, "warning: input \"pixels\", channel 0: all numbers are 0.502") {
		t.Errorf("one grey picture should look wrong: %q", stdout)
	}
}

// Statistics of pictures that were prepared in another way are refused, and verify has a gate for the agreement.
func TestPreparationAndAgreementAreChecked(t *testing.T) {
	dir := t.TempDir()
	model, statistics, out := pictures+"colours.onnx", filepath.Join(dir, "s.npz"), filepath.Join(dir, "o.onnx")
	if status, _, stderr := invoke(t, "calibrate", model, "--data", pictures+"photos", "-o", statistics, "--mean", "0.5"); status != exitDone {
		t.Fatal(stderr)
	}
	prune := []string{"prune", model, "-o", out, "--macs", "60%", "--no-latency", "--quiet", "--calibration", pictures + "photos", "--statistics", statistics}
	if status, _, stderr := invoke(t, prune...); status != exitBad || !strings.Contains(stderr, "s.npz: want data prepared as those of the statistics, with mean [0.5], have [0]") {
		t.Errorf("have status %d, %q", status, stderr)
	}
	if status, _, stderr := invoke(t, append(prune, "--mean", "0.5")...); status != exitDone {
		t.Fatal(stderr)
	}
	for least, want := range map[string]int{"100%": exitGate, "1%": exitDone, "0": exitBad} {
		if status, _, stderr := invoke(t, "verify", model, out, "--data", pictures+"photos", "--min-agreement", least, "--quiet"); status != want || want != exitDone && !strings.Contains(stderr, "min-agreement: ") {
			t.Errorf("%s: have status %d, %q", least, status, stderr)
		}
	}
	spatial := root + "/fixtures/families/fpn-spatial.onnx"
	if _, stdout, stderr := invoke(t, "verify", spatial, spatial, "--data", pictures+"photos", "--size", "32x64"); !strings.Contains(stdout, "extents: H=32, W=64, ") {
		t.Errorf("have %q, %q", stdout, stderr)
	}
}

// A folder and the array of what it becomes make the same model, whatever the number of threads.
func TestFolderIsAnArray(t *testing.T) {
	dir := t.TempDir()
	d, err := dataset.OpenData(pictures+"photos", "", dataset.Options{}, []*graph.Value{{Name: "pixels", Type: graph.Type{DType: graph.Float32, Shape: graph.ShapeOf(1, 3, 32, 32)}}})
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := dataset.ReadRange(d.Samples, 0, d.Samples.Count())
	if err != nil {
		t.Fatal(err)
	}
	array := filepath.Join(dir, "x.npy")
	if err := dataset.SaveNPY(array, feeds["pixels"]); err != nil {
		t.Fatal(err)
	}
	var first []byte
	for i, args := range [][]string{{array}, {pictures + "photos"}, {pictures + "photos", "--threads", "1"}, {pictures + "photos", "--threads", "5"}} {
		out := filepath.Join(dir, "o.onnx")
		status, _, stderr := invoke(t, append([]string{"prune", pictures + "colours.onnx", "-o", out, "--units", "75%", "--no-latency", "--quiet", "--calibration"}, args...)...)
		if status != exitDone {
			t.Fatalf("have status %d, %q", status, stderr)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = b
		}
		if !bytes.Equal(b, first) {
			t.Errorf("%v: another model", args)
		}
	}
}

// Pictures that cannot be decoded are named in a line each, and nothing is written.
func TestBadPicturesAreNamed(t *testing.T) {
	out := filepath.Join(t.TempDir(), "o.onnx")
	status, stdout, stderr := invoke(t, "prune", pictures+"colours.onnx", "-o", out, "--units", "75%", "--calibration", pictures+"broken", "--quiet")
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if status != exitBad || stdout != "" || len(lines) != 4 || !strings.Contains(lines[3], "3 of 4 files cannot be decoded") {
		t.Errorf("have status %d, %q, %q", status, stdout, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a model was written")
	}
}

// What is mistyped about data stops the command.
func TestMistypedDataFlags(t *testing.T) {
	model, folder, out := pictures+"colours.onnx", pictures+"photos", filepath.Join(t.TempDir(), "o.onnx")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"prune", model, "-o", out, "--units", "0.5", "--mean", "0.5"}, "mean: want data that it is for"},
		{[]string{"prune", model, "-o", out, "--units", "0.5", "--exclude", "loook"}, `exclude: "loook" matches no group, and no node or value of the model`},
		{[]string{"prune", model, "-o", out, "--units", "0.5", "--dim", "n=3"}, `dim: want the name of a symbolic dimension of an input, have N; "n" is none`},
		{[]string{"inspect", model, "--dim", "h=3"}, `"h" is none`},
		{[]string{"verify", model, model, "--eval", folder, "--preset", "imgnet"}, `preset: want imagenet, inception, unit, yolo, have "imgnet"`},
		{[]string{"verify", model, model, "--eval", folder, "--filter", "linear"}, "filter: want bilinear"},
		{[]string{"verify", model, model, "--eval", folder, "--resize", "fit"}, "resize: want crop, squash"},
		{[]string{"verify", model, model, "--eval", folder, "--size", "0"}, `size: want N or HxW pixels, have "0"`},
		{[]string{"verify", model, model, "--eval", folder, "--size", "224"}, "the input has a height of 32, and the preprocessing makes 224"},
		{[]string{"verify", model, model, "--eval", folder, "--mean", "1,2"}, "mean: want one number or 3, one for each channel, have 2"},
		{[]string{"verify", model, model, "--eval", folder, "--mean", "123,116,103"}, "want scale 1 with a mean of numbers from 0 to 255"},
		{[]string{"verify", model, model, "--eval", folder, "--std", "1,0,1"}, "std: want a number other than 0"},
		{[]string{"verify", model, model, "--eval", folder, "--preset", "unit", "--preprocess", model}, "want --preset or --preprocess, have both"},
		{[]string{"verify", model, model, "--eval", folder, "--preprocess", model}, "want preprocessing as JSON"},
		{[]string{"verify", model, model, "--eval", folder, "--labels", pictures + "preprocessor_config.json"}, "JSON: "},
		{[]string{"verify", model, model, "--eval", t.TempDir()}, "want pictures (.jpg, "},
		{[]string{"data", model, folder + "x"}, "no such file"},
	} {
		status, stdout, stderr := invoke(t, append(c.args, "--quiet")...)
		if status != exitBad || stdout != "" || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: want one line with %q, have status %d, %q", c.args, c.want, status, stderr)
		}
	}
}
