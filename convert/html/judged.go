package html

import (
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
)

// judged says what the models are for, how good they are and how far they agree.
func (v *view) judged(r *convert.Report) {
	add := func(name, text string) { v.Facts = append(v.Facts, fact{name, text}) }
	if t := r.Task; t != nil {
		text := t.Name
		if t.Guessed {
			text += ", guessed"
		}
		if t.How != "" {
			text += ": " + t.How
		}
		add("task", text)
	}
	for _, m := range r.Metrics {
		add(m.Name, fmt.Sprintf("%s%s, original %s%s", format.Value(m.Unit, m.Pruned), interval(m.Unit, m.PrunedInterval), format.Value(m.Unit, m.Original), interval(m.Unit, m.OriginalInterval)))
	}
	if k := r.Agreement; k != nil {
		var parts []string
		for _, f := range k.Figures {
			parts = append(parts, fmt.Sprintf("%s %s%s", f.Name, format.Value(f.Unit, f.Value), interval(f.Unit, f.Interval)))
		}
		if k.MaxAbsDiff != nil {
			parts = append(parts, fmt.Sprintf("largest difference %.3g", *k.MaxAbsDiff))
		}
		if k.Cosine != nil {
			parts = append(parts, fmt.Sprintf("cosine %.4f", *k.Cosine))
		}
		add("agreement", fmt.Sprintf("%s; %s samples", strings.Join(parts, ", "), format.Count(int64(k.Samples))))
	}
	if len(r.Classes) > 0 {
		v.Classes = &table{Header: []string{"class", "samples", "original right", "pruned right", "lost"}, Numbers: 1}
		for _, c := range r.Classes {
			v.Classes.Rows = append(v.Classes.Rows, []string{fmt.Sprint(c.Class), fmt.Sprint(c.Samples), fmt.Sprint(c.Original), fmt.Sprint(c.Pruned), fmt.Sprint(c.Original - c.Pruned)})
		}
	}
}

// interval formats an interval of confidence.
func interval(unit string, i *report.Interval) string {
	if i == nil {
		return ""
	}
	return fmt.Sprintf(" (%s to %s)", format.Value(unit, i.Low), format.Value(unit, i.High))
}
