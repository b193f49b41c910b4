package picture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever a file has in it, it is a picture or an error, and a picture can be preprocessed.
func FuzzPicture(f *testing.F) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, ".npz") || strings.HasSuffix(path, ".py") {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	pad := 0.0
	f.Fuzz(func(t *testing.T, contents []byte) {
		file, err := parse(contents)
		if err != nil || file.Width*file.Height > 1<<20 {
			return
		}
		p, err := file.Decode()
		if err != nil {
			return
		}
		for _, resize := range Resizes() {
			use := Preprocess{Height: 9, Width: 7, Resize: resize, Shorter: 8, Filter: "bicubic", Order: "rgb", Pad: &pad}
			if n := len(use.Bytes(p)); n != 9*7*3 {
				t.Fatalf("%s: have %d bytes", resize, n)
			}
		}
	})
}
