package peer_test

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/peer"
	"github.com/pollard-dev/pollard/graph"
)

// The protocol is that of fixtures/peers/serve.go.
func TestServeAnswersLineByLine(t *testing.T) {
	dir := t.TempDir()
	x, y, nowhere := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npz"), filepath.Join(dir, "no", "y.npz")
	if err := dataset.SaveNPY(x, graph.NewTensor(graph.Float32, 2, 1, 28, 28)); err != nil {
		t.Fatal(err)
	}
	var answers strings.Builder
	lines := strings.Join([]string{"run", "outputs " + y, "outputs " + nowhere, "memory", "walk"}, "\n")
	err := peer.Serve(context.Background(), "../../../fixtures/models/vgg.onnx", x, 1, strings.NewReader(lines), &answers)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^ok Pollard\nok [0-9]+\nok\nerror .*cannot be written.*\nok [0-9]+ [0-9]+\nerror want run, outputs FILE or memory, have "walk"\n$`)
	if !want.MatchString(answers.String()) {
		t.Errorf("have %q", answers.String())
	}
	for a, err := range dataset.Arrays(y) {
		if err != nil || a.Name != "logits" || a.Tensor.Len() != 20 {
			t.Errorf("outputs: %v %v, %v", a.Name, a.Tensor, err)
		}
	}
}

func TestServeRefuses(t *testing.T) {
	x := filepath.Join(t.TempDir(), "x.npy")
	if err := dataset.SaveNPY(x, graph.NewTensor(graph.Float32, 2, 3, 28, 28)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ model, inputs, want string }{
		{"../../../fixtures/models/vgg.onnx", x, "input"},
		{"../../../fixtures/models/vgg.onnx", x + "x", "no such file"},
		{"../../../fixtures/models/accuracy.json", x, "accuracy.json"},
	} {
		var answers strings.Builder
		err := peer.Serve(context.Background(), c.model, c.inputs, 1, strings.NewReader("run\n"), &answers)
		if err == nil || !strings.Contains(err.Error(), c.want) || answers.Len() > 0 {
			t.Errorf("%s on %s: want an error with %q, have %v, have %q", c.model, c.inputs, c.want, err, answers.String())
		}
	}
}
