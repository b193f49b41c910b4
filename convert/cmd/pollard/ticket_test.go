package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTicketCommand(t *testing.T) {
	trained, initial := network(t, "resnet20"), network(t, "resnet20_init")
	dir := t.TempDir()
	out, mask := filepath.Join(dir, "ticket.onnx"), filepath.Join(dir, "mask.npz")
	status, stdout, stderr := invoke(t, "ticket", trained, "--initial", initial, "-o", out, "--macs", "0.5", "--mask", mask, "--check")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	for _, want := range []string{"proof: passed", "kept values have the bits of " + initial, "masks: " + mask, "written: " + out, "in its source", "same"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("want %q in\n%s", want, stdout)
		}
	}
	for _, path := range []string{out, mask} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{trained, "-o", out, "--macs", "0.5"}, "initial"},
		{[]string{trained, "--initial", initial, "-o", out}, "want a budget"},
		{[]string{trained, "--initial", initial, "-o", out, "--macs", "0.5", "--sparsity", "0.5"}, "want a budget"},
		{[]string{trained, "--initial", initial, "-o", out, "--sparsity", "0"}, "sparsity: want a fraction over 0"},
		{[]string{trained, "--initial", initial, "-o", out, "--sparsity", "0.5", "--criterion", "obs"}, "which score single weights"},
		{[]string{trained, "--initial", network(t, "vgg"), "-o", out, "--macs", "0.5"}, "is not the network of"},
	} {
		status, _, stderr := invoke(t, append([]string{"ticket"}, c.args...)...)
		if status != 2 || !strings.Contains(stderr, c.want) || strings.Count(stderr, "pollard: ") != 1 { // stages may stand before it
			t.Errorf("%v: status %d, %s", c.args, status, stderr)
		}
	}
}
