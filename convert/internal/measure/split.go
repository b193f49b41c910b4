package measure

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
)

// SplitOf returns figures in the form in which a target has them.
func SplitOf(t task.Task, f *task.Figures) report.Split {
	a := f.Agreement[0]
	r := report.Split{Samples: f.Samples, Agreement: a.Value}
	if a.Interval != nil {
		r.AgreementInterval = *a.Interval
	}
	m := f.Headline()
	if m == nil {
		return r
	}
	drop := m.Drop
	r.Metric, r.Drop, r.DropInterval = m, &drop, m.DropInterval
	if a := accuracyOf(t, f); a != nil {
		value := a.Pruned
		r.Accuracy, r.AccuracyInterval = &value, a.PrunedInterval
	}
	return r
}

// Meets reports whether the figures of s meet the target.
func Meets(t *report.Target, s report.Split) bool {
	return (t.MaxDrop == nil || *s.Drop <= *t.MaxDrop+rounding) && (t.MinAgreement == nil || s.Agreement >= *t.MinAgreement-rounding)
}

// Refutes returns why the samples that did not choose the model show that it misses the target. It
// returns "" if the target lies within their confidence intervals.
func Refutes(t *report.Target, s report.Split) string {
	switch {
	case t.MaxDrop != nil && s.DropInterval != nil && s.DropInterval.Low > *t.MaxDrop:
		points := " points"
		if s.Metric.Unit != report.Fraction {
			points = ""
		}
		return fmt.Sprintf("max-drop: on %d held-out samples %s is worse by %.4g%s (%.4g to %.4g), want at most %g",
			s.Samples, s.Metric.Name, *s.Drop, points, s.DropInterval.Low, s.DropInterval.High, *t.MaxDrop)
	case t.MaxDrop != nil && s.DropInterval == nil && *s.Drop > *t.MaxDrop+rounding:
		return fmt.Sprintf("max-drop: on %d held-out samples %s is worse by %.4g, want at most %g", s.Samples, s.Metric.Name, *s.Drop, *t.MaxDrop)
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
	if c, is := d.Samples.(*samples.Carried); is {
		return splitSequences(d, c)
	}
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

// splitSequences deals whole sequences of calls.
func splitSequences(d *dataset.Data, c *samples.Carried) (choosing, judging *dataset.Data, how string, err error) {
	all := c.Sequences()
	if len(all) < 2 {
		return nil, nil, "", fmt.Errorf("eval: want at least 2 sequences of calls to split in two, have %d", len(all))
	}
	var parts [2][]int
	for i, calls := range all {
		parts[i%2] = append(parts[i%2], calls...)
	}
	return d.Part(parts[0]), d.Part(parts[1]), "in turn: sequences 0, 2, 4, ... chose, sequences 1, 3, 5, ... are reported", nil
}
