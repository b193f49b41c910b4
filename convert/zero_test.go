package convert_test

import (
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
)

// The zero Config does what most people want: half of the work, repaired and proven.
func TestZeroConfigPrunes(t *testing.T) {
	j := convert.Job{In: models + "vgg.onnx", Out: filepath.Join(t.TempDir(), "out.onnx"), Calibration: images(t, "calib-images-idx3-ubyte.gz", 64)}
	r, err := convert.Prune(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	if ratio := float64(r.Pruned.MACs) / float64(r.Original.MACs); ratio > convert.DefaultKeep || ratio < 0.4 {
		t.Errorf("%.3f of the multiply-accumulates are left", ratio)
	}
	if !r.Proof.Passed || !r.Proof.Written || len(r.Recovery) == 0 || r.Latency != nil {
		t.Errorf("proof %+v, %d repairs, latency %v", r.Proof, len(r.Recovery), r.Latency)
	}
}
