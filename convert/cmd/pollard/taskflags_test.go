package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// What --task and its like cannot mean is one line, before anything is computed.
func TestBadTasksAreOneLineAndStatusTwo(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, x *graph.Tensor) string {
		path := filepath.Join(dir, name)
		if err := dataset.SaveNPY(path, x); err != nil {
			t.Fatal(err)
		}
		return path
	}
	images := save("x.npy", graph.NewTensor(graph.Float32, 3, 1, 28, 28))
	numbers := save("numbers.npy", graph.TensorOf([]float32{1, 2, 3}, 3))
	form := filepath.Join(dir, "form.json")
	if err := os.WriteFile(form, []byte(`{"head": "heads"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	model := network(t, "mobilenetv2")
	for want, args := range map[string][]string{
		`task: want one of classification, multilabel`:                  {"--task", "guess"},
		"task: want one of":                                             {"--task", ""},
		"metric: want a command, have none":                             {"--metric", ""},
		"metric: want --metric with the command":                        {"--metric-lower"},
		"metric: want --metric-higher or --metric-lower, have both":     {"--metric", "true", "--metric-lower", "--metric-higher"},
		"detection: want --task detection, have none":                   {"--task", "none", "--detection", form},
		`form.json: head "heads": want one of anchors`:                  {"--detection", form},
		"detection: the shapes of the outputs do not tell":              {"--task", "detection"},
		"pairs: want --task embedding, have classification":             {"--pairs", images},
		"pairs: want the name of a file, have none":                     {"--pairs", ""},
		"labels: task none has no use for them":                         {"--task", "none", "--labels", numbers},
		"labels: want one number for each pair of samples, have":        {"--task", "embedding", "--pairs", images, "--labels", images},
		"want scores of classes by pixel":                               {"--task", "segmentation"},
		"want scores of shape [samples,tokens,vocabulary]":              {"--task", "generation"},
		"labels: want [10] numbers for each sample as output":           {"--task", "regression", "--labels", numbers},
		"metric: exit 7: exit status 7":                                 {"--metric", "exit 7"},
		`metric: echo many; true: want a number as its last line, have`: {"--metric", "echo many; true"},
	} {
		status, _, stderr := invoke(t, append([]string{"verify", model, model, "--quiet", "--data", images}, args...)...)
		if status != exitBad || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%v: want status 2 and one line with %q, have status %d and %q", args, want, status, stderr)
		}
	}
}

// Nothing is said of classes where there are none, and a gate speaks of the metric that it is on.
func TestSegmentationIsPrinted(t *testing.T) {
	const unet, pictures = root + "/fixtures/families/unet.onnx", root + "/fixtures/data/pictures.npz"
	status, stdout, stderr := invoke(t, "verify", unet, unet, "--data", pictures, "--max-drop", "-1")
	for _, want := range []string{"mIoU", "task: segmentation, guessed from output", "pixel accuracy: ", "agreement: pixels of the same class 100.00 %"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in %q", want, stdout)
		}
	}
	if strings.Contains(stdout, "same class for") || status != exitGate || !strings.Contains(stderr, "max-drop: mIoU fell by 0.00 points") {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	// A calibration file may have labels of any form.
	status, _, stderr = invoke(t, "prune", unet, "-o", filepath.Join(t.TempDir(), "out.onnx"), "--macs", "90%", "--calibration", pictures, "--no-latency", "--criterion", "l2", "--recovery", "none")
	if status != exitDone {
		t.Errorf("status %d, %s", status, stderr)
	}
}
