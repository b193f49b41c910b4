package sweep

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/report"
)

func scored(name string, accuracy, macs float64) *report.Candidate {
	drop := 100 * (0.9 - accuracy)
	return &report.Candidate{Name: name, Model: &report.Figures{Accuracy: &accuracy}, Drop: &drop, Of: report.Fractions{MACs: macs, Params: macs}}
}

func TestParseConditions(t *testing.T) {
	have, err := ParseConditions("drop<=0.5, latency <= 0.6,accuracy>=0.8")
	if err != nil || len(have) != 3 || have[0] != (Condition{"drop", true, 0.5}) || have[2] != (Condition{"accuracy", false, 0.8}) {
		t.Errorf("have %v, %v", have, err)
	}
	for text, want := range map[string]string{
		"": "want a figure", "drop": "want a figure", "drop<0.5": "want a figure", "drop<=x": "want a figure", "drop<=NaN": "want a figure", "luck<=1": "want one of drop, accuracy",
	} {
		if _, err := ParseConditions(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, have %v", text, want, err)
		}
	}
}

// A bound on quality asks for the smallest model, a bound on size for the best; without one that
// meets the bound, the nearest is named.
func TestPick(t *testing.T) {
	all := []*report.Candidate{scored("large", 0.89, 0.8), scored("middle", 0.88, 0.5), scored("small", 0.7, 0.2)}
	for text, want := range map[string]string{
		"drop<=3": "middle", "drop<=1.5": "large", "drop<=50": "small",
		"macs<=0.6": "middle", "macs<=0.9": "large",
		"drop<=3,macs<=0.6": "middle",
		"drop<=0.5":         "!large", "macs<=0.1": "!small",
	} {
		conditions, err := ParseConditions(text)
		if err != nil {
			t.Fatal(err)
		}
		chosen, met, err := pick(all, conditions)
		if err != nil || chosen.Name != strings.TrimPrefix(want, "!") || met == strings.HasPrefix(want, "!") {
			t.Errorf("%s: want %s, have %s, met %v, %v", text, want, chosen.Name, met, err)
		}
	}
	if _, _, err := pick(all, []Condition{{"latency", true, 1}}); err == nil || !strings.Contains(err.Error(), "latency is not known") {
		t.Errorf("have %v", err)
	}
}

// A candidate is on the front unless another is at least as good in everything and better in one:
// spelled out, for every pair.
func TestMarkFront(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var all []*report.Candidate
		for range 8 {
			c := scored("", float64(r.IntN(4))/4, float64(r.IntN(4))/4)
			c.Of.Params = float64(r.IntN(4)) / 4
			if r.IntN(2) == 0 {
				latency := float64(r.IntN(4)) / 4
				c.Of.Latency = &latency
			}
			all = append(all, c)
		}
		markFront(all)
		for _, c := range all {
			want := true
			for _, o := range all {
				slower := o.Of.Latency != nil && c.Of.Latency != nil && *o.Of.Latency > *c.Of.Latency
				faster := o.Of.Latency != nil && c.Of.Latency != nil && *o.Of.Latency < *c.Of.Latency
				if *o.Model.Accuracy >= *c.Model.Accuracy && o.Of.MACs <= c.Of.MACs && o.Of.Params <= c.Of.Params && !slower &&
					(*o.Model.Accuracy > *c.Model.Accuracy || o.Of.MACs < c.Of.MACs || o.Of.Params < c.Of.Params || faster) {
					want = false
				}
			}
			if c.Front != want {
				t.Errorf("%+v: front %v, want %v", c.Of, c.Front, want)
			}
		}
	}
}
