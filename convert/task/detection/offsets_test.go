package detection

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// flat returns the elements of rows.
func flat(rows [][]float64) Array {
	return Array{[]int{1, len(rows), len(rows[0])}, slices.Concat(rows...)}
}

// bound returns a form that a file says, for outputs of these names.
func bound(t *testing.T, form, priors string, outputs ...string) (*Form, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "form.json")
	if err := errors.Join(os.WriteFile(path, []byte(form), 0o666), os.WriteFile(filepath.Join(dir, "priors.json"), []byte(priors), 0o666)); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil {
		return nil, err
	}
	g := graph.New("g")
	var outs []*graph.Value
	for _, name := range outputs {
		v, err := g.NewValue(name)
		if err != nil {
			t.Fatal(err)
		}
		outs = append(outs, v)
	}
	f.Height, f.Width = 48, 64
	return f, f.Bind(outs)
}

// Boxes of the raw outputs of SSD and RetinaNet are those that torchvision makes of them, whether priors are in a file
// or an output.
func TestOffsets(t *testing.T) {
	text, err := os.ReadFile("testdata/offsets.json")
	var cases map[string]struct{ Priors, Offsets, Scores, Want [][]float64 }
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err != nil || len(cases) != 2 {
		t.Fatal(err, len(cases))
	}
	forms := map[string]string{"ssd": `"scores": "softmax"`, "retinanet": `"scores": "sigmoid", "variances": [1, 1]`}
	for name, c := range cases {
		priors, err := json.Marshal(c.Priors)
		if err != nil {
			t.Fatal(err)
		}
		for _, where := range []string{"priors.json", "p"} {
			for _, classes := range []string{"positions", "ids"} {
				f, err := bound(t, fmt.Sprintf(`{"head": "offsets", "priors": %q, "classes": %q, %s}`, where, classes, forms[name]), string(priors), "a", "b", "p")
				if err != nil {
					t.Fatal(err)
				}
				outs := []Array{flat(c.Scores), flat(c.Offsets)}
				if where == "p" {
					outs = append(outs, flat(c.Priors))
				}
				if f.Alone() != (where == "p") {
					t.Errorf("%s: alone is %v", where, f.Alone())
				}
				f.Score = 0
				have, err := offsets(outs, f)
				if err != nil || len(have) != len(c.Want) {
					t.Fatalf("%s: %d boxes, %v", name, len(have), err)
				}
				first := 0
				if name == "ssd" && classes == "ids" {
					first = 1
				}
				for i, b := range have {
					w := c.Want[i]
					for k, x := range []float64{b.Left, b.Top, b.Right, b.Bottom, float64(b.Class - first), b.Score} {
						if d := x - w[k]; !(d < 2e-4 && d > -2e-4) { // torchvision's are in single precision
							t.Fatalf("%s, prior %d: want %v, have %+v", name, i, w, b)
						}
					}
				}
			}
		}
	}
}

// What is wrong with priors is said.
func TestPriorsErrors(t *testing.T) {
	for want, c := range map[string][2]string{
		"priors: want the name of an output, or a file":               {`{"head": "offsets"}`, ""},
		"priors: want head offsets, which they are for, have centres": {`{"head": "centres", "priors": "p"}`, ""},
		"variances: want that of centres and that of sizes, over 0":   {`{"head": "offsets", "priors": "p", "variances": [1]}`, ""},
		"no such file":                    {`{"head": "offsets", "priors": "q"}`, ""},
		"want a list of boxes, have none": {`{"head": "offsets", "priors": "priors.json"}`, "[]"},
		"have [3 1 2 4] in row 1":         {`{"head": "offsets", "priors": "priors.json"}`, "[[1,1,2,2],[3,1,2,4]]"},
		"cannot unmarshal":                {`{"head": "offsets", "priors": "priors.json"}`, `{"a": 1}`},
	} {
		if _, err := bound(t, c[0], c[1], "a", "b"); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %q, have %v", want, err)
		}
	}
	f, err := bound(t, `{"head": "offsets", "priors": "priors.json"}`, "[[1,1,2,2],[3,1,4,4]]", "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := offsets([]Array{filled(0, nil, 3, 4), filled(0, nil, 3, 5)}, f); err == nil || !strings.Contains(err.Error(), "of 2 priors, have [3 4] and [3 5]") {
		t.Error(err)
	}
}
