package dataset_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// WAV files of every kind have the numbers that scipy finds, cut or continued to the length of the input.
func TestFolderOfSounds(t *testing.T) {
	want, err := dataset.Load("testdata/expected/sounds.npz", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	open := pixels(graph.Float32, 1, 5)
	open[0].Type.Shape[2] = graph.Symbol("T")
	for _, c := range []struct {
		input  []*graph.Value
		shape  []int
		length int
	}{
		{pixels(graph.Float32, 120), []int{7, 120}, 120},
		{pixels(graph.Float32, 1, 230), []int{7, 1, 230}, 230},
		{open, []int{7, 1, 200}, 200},
	} {
		d, err := dataset.OpenData("testdata/sounds", "", dataset.Options{}, c.input)
		if err != nil {
			t.Fatal(err)
		}
		feeds, err := dataset.ReadRange(d.Samples, 0, d.Samples.Count())
		if err != nil {
			t.Fatal(err)
		}
		x := feeds["pixels"]
		if !slices.Equal(x.Shape(), c.shape) {
			t.Fatalf("want shape %v, have %v", c.shape, x.Shape())
		}
		for i, name := range dataset.Names(d.Samples) {
			w := graph.Data[float32](want.Arrays[name])
			for k, v := range graph.Data[float32](x)[i*c.length : (i+1)*c.length] {
				var expect float32
				if k < len(w) {
					expect = w[k]
				}
				if v-expect > 1e-7 || expect-v > 1e-7 {
					t.Fatalf("%s, %d: want %v, have %v", name, k, expect, v)
				}
			}
		}
	}
}

// Sounds have classes and labels as pictures have, and what is wrong with them is said.
func TestSoundErrors(t *testing.T) {
	one, err := os.ReadFile("testdata/sounds/i16.wav")
	if err != nil {
		t.Fatal(err)
	}
	fast := slices.Clone(one)
	fast[24], fast[25] = 0x80, 0x3e // 16,000
	law := slices.Clone(one)
	law[20] = 6
	for name, c := range map[string]struct {
		files map[string][]byte
		input []*graph.Value
		want  string
	}{
		"fine":       {map[string][]byte{"a/x.wav": one, "b/y.WAV": one}, nil, ""},
		"two rates":  {map[string][]byte{"a.wav": one, "b.wav": fast}, nil, "b.wav: want 8000 samples a second as in a.wav, have 16000; sounds are not resampled"},
		"A-law":      {map[string][]byte{"a.wav": law}, nil, "1 of 1 files cannot be decoded"},
		"cut short":  {map[string][]byte{"a.wav": one[:100]}, nil, "1 of 1 files cannot be decoded"},
		"text":       {map[string][]byte{"a.wav": []byte("no sound")}, nil, "1 of 1 files cannot be decoded"},
		"no length":  {map[string][]byte{"a.wav": one}, pixels(graph.Float32, 3, 8, 8), "want floating-point numbers of shape [N,T] or [N,1,T]"},
		"wrong type": {map[string][]byte{"a.wav": one}, pixels(graph.Int64, 8), "want floating-point numbers"},
	} {
		dir := t.TempDir()
		for file, contents := range c.files {
			path := filepath.Join(dir, filepath.FromSlash(file))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, contents, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		if c.input == nil {
			c.input = pixels(graph.Float32, 100)
		}
		d, err := dataset.OpenData(dir, "", dataset.Options{}, c.input)
		switch {
		case c.want == "" && err == nil:
			if !slices.Equal(d.Labels, []int{0, 1}) {
				t.Errorf("labels are %v", d.Labels)
			}
		case err == nil || c.want == "" || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: want an error with %q, have %v", name, c.want, err)
		}
	}
}
