package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// forms writes x in forms that are read in place, held, or unpacked.
func forms(t *testing.T, x *graph.Tensor) map[string]string {
	t.Helper()
	dir := t.TempDir()
	out := map[string]string{}
	put := func(name string, write func(io.Writer) error) {
		out[name] = filepath.Join(dir, name)
		f, err := os.Create(out[name])
		if err == nil {
			err = write(f)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("x.npy", func(w io.Writer) error { return dataset.WriteNPY(w, x) })
	put("x.npy.gz", func(w io.Writer) error {
		z := gzip.NewWriter(w)
		if err := dataset.WriteNPY(z, x); err != nil {
			return err
		}
		return z.Close()
	})
	for name, method := range map[string]uint16{"stored.npz": zip.Store, "deflated.npz": zip.Deflate} {
		put(name, func(w io.Writer) error {
			z := zip.NewWriter(w)
			entry, err := z.CreateHeader(&zip.FileHeader{Name: "input.npy", Method: method})
			if err == nil {
				err = dataset.WriteNPY(entry, x)
			}
			if err != nil {
				return err
			}
			return z.Close()
		})
	}
	return out
}

// The same samples make the same model, whatever the form of their file, and nothing else is left
// behind.
func TestFormsOfDataMakeTheSameModel(t *testing.T) {
	temporary, dir := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	var want []byte
	for name, path := range forms(t, images(96)) {
		out := filepath.Join(dir, name+".onnx")
		if status, _, stderr := invoke(t, "prune", tiny, "-o", out, "--macs", "0.6", "--calibration", path, "--eval", path, "--no-latency", "--quiet"); status != exitDone {
			t.Fatalf("%s: status %d, %s", name, status, stderr)
		}
		have, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = have
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s: another model", name)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// The error of a sample that is read in the midst of things is about its file alone.
func TestSamplesAreNamedByTheirFile(t *testing.T) {
	x := images(96)
	graph.Data[float32](x)[90*28*28+3] = float32(math.NaN())
	out := filepath.Join(t.TempDir(), "out")
	for name, path := range forms(t, x) {
		array := `input "input"`
		if filepath.Ext(name) == ".npz" {
			array = `array "input"`
		}
		want := "pollard: " + path + ": " + array + ", sample 90: element [0 0 3] is NaN\n"
		for _, args := range [][]string{
			{"prune", tiny, "-o", out, "--macs", "0.6", "--calibration", path},
			{"prune", tiny, "-o", out, "--min-agreement", "0.9", "--eval", path},
			{"sweep", tiny, "-o", out, "--budgets", "0.5", "--calibration", path, "--eval", path},
			{"ticket", tiny, "--initial", tiny, "-o", out, "--macs", "0.6", "--calibration", path},
			{"inspect", tiny, "--redundancy", "--calibration", path},
			{"calibrate", tiny, "-o", out, "--data", path},
			{"verify", tiny, tiny, "--data", path},
			{"bench", tiny, "--data", path, "--batch", "96"},
			{"run", tiny, "--input", path, "-o", out},
		} {
			if status, _, stderr := invoke(t, append(args, "--quiet")...); status != exitBad || stderr != want {
				t.Errorf("%s: %s: want %q, have status %d and %q", name, args[0], want, status, stderr)
			}
			if _, err := os.Stat(out); err == nil {
				t.Errorf("%s: %s wrote something", name, args[0])
			}
		}
	}
}
