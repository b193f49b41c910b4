package measure

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
)

// Compare compares the predictions of two models on the same data.
func Compare(d *dataset.Data, original, pruned []int) report.Split {
	same := countEqual(original, pruned)
	r := report.Split{Samples: len(original), Agreement: Share(original, pruned), AgreementInterval: wilson(same, len(original))}
	if d.Labels == nil {
		return r
	}
	p := pairsOf(original, pruned, d.Labels)
	right := p.both + p.second
	accuracy, interval := float64(right)/float64(max(1, p.samples())), wilson(right, p.samples())
	drop, bounds := p.difference()
	drop, bounds = 100*drop, report.Interval{Low: 100 * bounds.Low, High: 100 * bounds.High}
	r.Accuracy, r.AccuracyInterval, r.Drop, r.DropInterval = &accuracy, &interval, &drop, &bounds
	return r
}

// Meets reports whether the figures of s meet the target.
func Meets(t *report.Target, s report.Split) bool {
	const rounding = 1e-9
	return (t.MaxDrop == nil || *s.Drop <= *t.MaxDrop+rounding) && (t.MinAgreement == nil || s.Agreement >= *t.MinAgreement-rounding)
}

// Refutes returns why the samples that did not choose the model show that it misses the target. It
// returns "" if the target lies within their confidence intervals.
func Refutes(t *report.Target, s report.Split) string {
	switch {
	case t.MaxDrop != nil && s.DropInterval.Low > *t.MaxDrop:
		return fmt.Sprintf("max-drop: on %d held-out samples accuracy fell by %.2f points (%.2f to %.2f), want at most %g",
			s.Samples, *s.Drop, s.DropInterval.Low, s.DropInterval.High, *t.MaxDrop)
	case t.MinAgreement != nil && s.AgreementInterval.High < *t.MinAgreement:
		return fmt.Sprintf("min-agreement: on %d held-out samples the models agree on %.4f (%.4f to %.4f), want at least %g",
			s.Samples, s.Agreement, s.AgreementInterval.Low, s.AgreementInterval.High, *t.MinAgreement)
	}
	return ""
}

// minSplit is the fewest samples in a part of a split.
const minSplit = 2

// Split divides the data into the part that chooses a model and the part that judges it. Samples
// are dealt in turn, step at a time, step being the batch that the model was exported for.
func Split(d *dataset.Data, step int) (choosing, judging *dataset.Data, how string, err error) {
	n := d.Samples.Count()
	var parts [2][]int
	for i := range n / step * step {
		parts[i/step%2] = append(parts[i/step%2], i)
	}
	for _, p := range parts {
		if len(p) < minSplit {
			return nil, nil, "", fmt.Errorf("eval: want at least %d samples to split in two, have %d", 2*max(minSplit, step), n)
		}
	}
	if d.Labels != nil && len(d.Labels) != n {
		return nil, nil, "", errors.New("labels: want one for each sample")
	}
	how = "in turn: samples 0, 2, 4, ... chose, samples 1, 3, 5, ... are reported"
	if step > 1 {
		how = fmt.Sprintf("in turn, %d at a time: the first %d samples chose, the next %d are reported, and so on", step, step, step)
	}
	return d.Part(parts[0]), d.Part(parts[1]), how, nil
}
