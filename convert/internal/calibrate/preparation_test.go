package calibrate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/graph"
)

// prepared returns how data become inputs, and the data.
func prepared(t *testing.T, path string, opt dataset.Options, input string) (calibrate.Header, *dataset.Data) {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (` + input + ` x) => (` + input + ` y) { y = Identity(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.OpenData(path, "", opt, m.Graph.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	h := calibrate.Header{Recipe: calibrate.Recipe{Source: "data"}}
	if h.Preparation, err = calibrate.Prepared(d); err != nil {
		t.Fatal(err)
	}
	return h, d
}

// Statistics refuse data that are prepared in another way, and say in which.
func TestStatisticsRefuseOtherPreparation(t *testing.T) {
	const fixtures = "../../../fixtures/"
	changed := filepath.Join(t.TempDir(), "tokenizer.json")
	text, err := os.ReadFile(fixtures + "text/tokenizer.json")
	if err == nil {
		err = os.WriteFile(changed, append(text, '\n'), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	pictures := func(mean float64) dataset.Options {
		return dataset.Options{Pictures: dataset.PictureOptions{Preprocess: dataset.Preprocess{Mean: dataset.PerChannel{mean}}}}
	}
	tokens := func(path string, length int) dataset.Options {
		return dataset.Options{Text: dataset.TextOptions{Tokenizer: path, Length: length}}
	}
	const photos, sentences, arrays = fixtures + "pictures/photos", fixtures + "text/sentences.txt", fixtures + "data/calib-images-idx3-ubyte.gz"
	for _, c := range []struct {
		path, input string
		a, b        dataset.Options
		want        string
	}{
		{photos, "float[N,3,8,8]", pictures(0), pictures(0), ""},
		{photos, "float[N,3,8,8]", pictures(0.5), pictures(0), "with mean [0.5], have [0]"},
		{sentences, "int64[N,L]", tokens(fixtures+"text/tokenizer.json", 5), tokens(fixtures+"text/tokenizer.json", 7), ""},
		{sentences, "int64[N,L]", tokens(fixtures+"text/tokenizer.json", 5), tokens(changed, 5), "with tokenizer_sha256 "},
		{arrays, "float[N,1,28,28]", dataset.Options{Mean: 1}, dataset.Options{Mean: 1, Std: 1}, ""},
		{arrays, "float[N,1,28,28]", dataset.Options{Mean: 1}, dataset.Options{Std: 2}, "with mean 1, have 0; std 1, have 2"},
		{arrays, "float[N,1,28,28]", dataset.Options{Mean: 1}, dataset.Options{}, ""}, // normalised before
	} {
		h, d := prepared(t, c.path, c.a, c.input)
		if err := h.Suits(d); err != nil {
			t.Errorf("%s: its own statistics are refused: %v", c.path, err)
		}
		_, other := prepared(t, c.path, c.b, c.input)
		err := h.Suits(other)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, have %v", c.path, c.want, err)
		}
		h.Source = "synthetic"
		if err := h.Suits(other); err != nil {
			t.Errorf("made-up inputs are prepared in no way: %v", err)
		}
	}
}
