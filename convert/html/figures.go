package html

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
)

// bar is a fraction with its text: what is left of a model, or kept of a group.
type bar struct {
	Name string  `json:"name"`
	Part float64 `json:"part"` // 0 to 1
	Text string  `json:"text"`
	Tip  string  `json:"tip"`
}

// figures compares both models.
func (v *view) figures(r *convert.Report) {
	a, b := r.Original, r.Pruned
	for _, f := range []struct {
		name string
		of   *report.Figures
	}{{"original", a}, {"pruned", b}} {
		if f.of != nil && f.of.Path != "" {
			v.Files = append(v.Files, file{f.name, f.of.Path, f.of.SHA256})
		}
	}
	if a == nil || b == nil {
		return
	}
	t := &table{Header: []string{"", "original", "pruned", "ratio"}, Numbers: 1}
	var bars []bar
	counted := func(name string, x, y int64) {
		t.Rows = append(t.Rows, []string{name, format.Count(x), format.Count(y), format.Over(x, y)})
		if x > 0 {
			part := float64(y) / float64(x)
			bars = append(bars, bar{name, part, format.Percent(part), fmt.Sprintf("%s\n%s of %s left", name, format.Count(y), format.Count(x))})
		}
		if y > 0 && (name == "MACs" || name == "params" || name == "bytes") {
			v.Tiles = append(v.Tiles, tile{name, format.Over(x, y), format.Count(x) + " → " + format.Count(y)})
		}
	}
	counted("MACs", a.MACs, b.MACs)
	counted("params", a.Params, b.Params)
	if a.NonZero != a.Params || b.NonZero != b.Params {
		counted("non-zero", a.NonZero, b.NonZero)
	}
	counted("bytes", a.Bytes, b.Bytes)
	counted("nodes", int64(a.Nodes), int64(b.Nodes))
	if a.LatencyMS != nil && b.LatencyMS != nil && *a.LatencyMS > 0 && *b.LatencyMS > 0 {
		x, y, part := format.Milliseconds(*a.LatencyMS), format.Milliseconds(*b.LatencyMS), *b.LatencyMS / *a.LatencyMS
		t.Rows = append(t.Rows, []string{"latency", x, y, format.Times(1 / part)})
		bars = append(bars, bar{"latency", part, format.Percent(part), "latency of one sample\n" + y + " of " + x + " left"})
		v.Tiles = append(v.Tiles, tile{"latency", format.Times(1 / part), x + " → " + y})
	}
	for i := range r.Metrics {
		m := &r.Metrics[i]
		x, y, d := format.Value(m.Unit, m.Original), format.Value(m.Unit, m.Pruned), fmt.Sprintf("%+.4g", m.Pruned-m.Original)
		if m.Unit == report.Fraction {
			d = format.Points(m.Original, m.Pruned)
		}
		t.Rows = append(t.Rows, []string{m.Name, x, y, d})
		if i == 0 {
			v.Tiles = append(v.Tiles, tile{m.Name, y, d + " from " + x})
		}
	}
	if k := r.Agreement; k != nil && len(k.Figures) > 0 {
		f := k.Figures[0]
		v.Tiles = append(v.Tiles, tile{"agreement", format.Value(f.Unit, f.Value), fmt.Sprintf("%s, %s samples", f.Name, format.Count(int64(k.Samples)))})
	}
	v.Comparison = t
	v.plots["left"] = bars
}

// timings shows where the time of the command went.
func (v *view) timings(r *convert.Report) {
	type stage struct {
		Name    string  `json:"name"`
		Seconds float64 `json:"seconds"`
		Text    string  `json:"text"`
	}
	var stages []stage
	for _, name := range slices.Sorted(maps.Keys(r.Timings)) {
		stages = append(stages, stage{name, r.Timings[name], fmt.Sprintf("%.3g s", r.Timings[name])})
	}
	slices.SortStableFunc(stages, func(a, b stage) int { return cmp.Compare(b.Seconds, a.Seconds) })
	if v.Timings = len(stages) > 0; v.Timings {
		v.plots["timings"] = stages
	}
}
