package report_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/report"
)

// JSON has no NaN and no infinity. A report with one is written all the same: its model may be in
// place already.
func TestAReportWithNaNIsWritten(t *testing.T) {
	nan, infinity, half := math.NaN(), math.Inf(-1), 0.5
	r := &report.Report{
		Schema:   report.Schema,
		Original: &report.Figures{Accuracy: &nan, LatencyMS: &half},
		Pruned:   &report.Figures{Accuracy: &infinity},
		Proof:    &report.Proof{MaxAbsDiff: nan, MaxRelDiff: infinity, Tolerance: 1e-4},
		Recovery: []report.Repair{{Node: "a"}, {Node: "b"}},
		Timings:  map[string]float64{"plan": nan, "cut": 2},
	}
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var have struct {
		Original, Pruned struct {
			Accuracy  *float64
			LatencyMS *float64 `json:"latency_ms"`
		}
		Proof   map[string]any
		Timings map[string]float64
	}
	if err := json.Unmarshal([]byte(b.String()), &have); err != nil {
		t.Fatal(err)
	}
	if have.Original.Accuracy != nil || have.Pruned.Accuracy != nil || have.Original.LatencyMS == nil || *have.Original.LatencyMS != 0.5 {
		t.Errorf("what may be unknown: %+v, %+v", have.Original, have.Pruned)
	}
	if have.Proof["max_abs_diff"] != math.MaxFloat64 || have.Proof["max_rel_diff"] != -math.MaxFloat64 || have.Proof["tolerance"] != 1e-4 {
		t.Errorf("what is a number: %v", have.Proof)
	}
	if have.Timings["plan"] != math.MaxFloat64 || have.Timings["cut"] != 2 {
		t.Errorf("timings: %v", have.Timings)
	}
}
