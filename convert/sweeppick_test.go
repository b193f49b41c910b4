package convert_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
)

func TestSweepMarksTheFrontAndPicks(t *testing.T) {
	j := swept(t)
	j.Criteria = []string{"l2"}
	j.Config.Latency = true
	j.Picked = filepath.Join(t.TempDir(), "pick.onnx")
	conditions := func(text string) {
		t.Helper()
		var err error
		if j.Pick, err = convert.ParseConditions(text); err != nil {
			t.Fatal(err)
		}
	}
	conditions("macs<=0.6")
	r, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Candidates {
		if c.Of.Latency == nil || c.Latency.OriginalMS <= 0 {
			t.Errorf("%s: latency %+v", c.Name, c.Latency)
		}
		for _, o := range r.Candidates {
			if c.Front && o.Agreement >= c.Agreement && o.Of.MACs < c.Of.MACs && o.Of.Params <= c.Of.Params && *o.Of.Latency <= *c.Of.Latency {
				t.Errorf("%s is on the front, and %s is better", c.Name, o.Name)
			}
		}
	}
	better := r.Candidates[1] // among those at least as small
	if r.Candidates[0].Agreement >= better.Agreement {
		better = r.Candidates[0]
	}
	if r.Pick == nil || !r.Pick.Met || r.Pick.Name != better.Name {
		t.Errorf("pick %+v, want %s", r.Pick, better.Name)
	}
	a, _ := os.ReadFile(filepath.Join(j.Dir, better.Model.Path))
	if b, err := os.ReadFile(j.Picked); err != nil || string(a) != string(b) {
		t.Errorf("the pick is another file (%v)", err)
	}
	os.Remove(j.Picked)
	conditions("agreement>=0,latency<=100")
	if r, err = j.Run(t.Context()); err != nil || r.Pick.Name != r.Candidates[0].Name {
		t.Errorf("the smallest: %v, %+v", err, r.Pick)
	}
	os.Remove(j.Picked)
	conditions("agreement>=1,macs<=0.1")
	r, err = j.Run(t.Context())
	if !convert.IsGate(err) || !strings.Contains(err.Error(), "no candidate meets agreement>=1,macs<=0.1; the nearest is ") || r.Pick.Met {
		t.Errorf("what cannot be met: %v", err)
	}
	if _, err := os.Stat(j.Picked); err == nil {
		t.Error("a model was picked that does not meet the conditions")
	}
	conditions("drop<=1")
	if _, err = j.Run(t.Context()); err == nil || convert.IsGate(err) || !strings.Contains(err.Error(), "drop is not known: want labels") {
		t.Errorf("a drop without labels: %v", err)
	}
}
