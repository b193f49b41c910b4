package main

import (
	"fmt"
	"io"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// targeted prints the result of the search for the smallest model, with its confidence interval.
func targeted(w io.Writer, r *convert.Report) {
	t := r.Target
	if t == nil || t.Reported == nil {
		return
	}
	a, b := t.Chosen, t.Reported
	if t.MaxDrop != nil {
		unit := "points"
		if a.Metric != nil && a.Metric.Unit != report.Fraction {
			unit = "of " + a.Metric.Name
		}
		between := ""
		if i := b.DropInterval; i != nil {
			between = fmt.Sprintf(" (%.0f %% interval %.2f to %.2f)", 100*t.Confidence, i.Low, i.High)
		}
		printf(w, "target: at most %g %s lost: %.2f on the %d samples that chose among %d models; %.2f%s on the %d that chose nothing\n",
			*t.MaxDrop, unit, *a.Drop, a.Samples, len(t.Tried), *b.Drop, between, b.Samples)
	}
	if t.MinAgreement != nil {
		printf(w, "target: at least %s agreement: %s on the %d samples that chose among %d models; %s (%.0f %% interval %s to %s) on the %d that chose nothing\n",
			percent(*t.MinAgreement), percent(a.Agreement), a.Samples, len(t.Tried), percent(b.Agreement), 100*t.Confidence,
			percent(b.AgreementInterval.Low), percent(b.AgreementInterval.High), b.Samples)
	}
	printf(w, "split of --eval %s\n", t.Split)
}
