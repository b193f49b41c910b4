package main

import (
	"strings"
	"testing"
)

func TestInspectRedundancy(t *testing.T) {
	model := network(t, "mobilenetv2")
	data := "../../../fixtures/data/calib-images-idx3-ubyte.gz"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--redundancy"}, "redundancy: want --calibration"},
		{[]string{"--calibration", data}, "calibration: want --redundancy"},
		{[]string{"--redundancy", "--calibration", "absent.npy"}, "absent.npy"},
	} {
		if status, _, stderr := invoke(t, append([]string{"inspect", model}, c.args...)...); status != 2 || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: status %d, %s", c.args, status, stderr)
		}
	}
	if have := sizes([]int{5, 2, 2, 1, 1, 1}); have != "3x1 2x2 1x5" {
		t.Errorf("sizes: %s", have)
	}
}
