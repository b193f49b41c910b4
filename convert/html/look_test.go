package html

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
)

func TestLook(t *testing.T) {
	dir := os.Getenv("LOOK")
	if dir == "" {
		t.Skip()
	}
	b := open(t)
	for _, name := range []string{"prune", "bench"} {
		text, err := os.ReadFile(filepath.Join(dir, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var r convert.Report
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".html")
		f, _ := os.Create(path)
		if err := (Page{Report: &r, Arguments: []string{"pollard", name, "a model.onnx"}}).Write(f); err != nil {
			t.Fatal(err)
		}
		f.Close()
		for _, w := range []int{1400, 390} {
			for _, s := range []string{"light", "dark"} {
				b.show(path, w, s)
				b.picture(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, w, s)))
			}
		}
		b.paper(filepath.Join(dir, name+".pdf"))
	}
	for _, c := range b.complain {
		t.Error(c)
	}
}
