package measure

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
)

// rounding is what a difference of quotients may be off.
const rounding = 1e-9

// AgreementGate returns a failed gate if the models agree on less than the given share.
func AgreementGate(r *report.Report, least *float64) error {
	if least == nil || r.Agreement == nil || r.Agreement.Value() >= *least {
		return nil
	}
	a := r.Agreement.Figures[0]
	if a.Name == "same class" {
		return &stage.Gate{Reason: fmt.Sprintf("min-agreement: the models agree on %.4f of %d samples, want at least %g", a.Value, r.Agreement.Samples, *least)}
	}
	return &stage.Gate{Reason: fmt.Sprintf("min-agreement: the models agree to %.4f (%s) on %d samples, want at least %g", a.Value, a.Name, r.Agreement.Samples, *least)}
}

// DropGate returns a failed gate if the headline metric fell by more than maxDrop: percentage points
// of a fraction, else its own unit.
func DropGate(r *report.Report, maxDrop *float64) error {
	if maxDrop == nil || len(r.Metrics) == 0 {
		return nil
	}
	m := &r.Metrics[0]
	if m.Drop <= *maxDrop+rounding {
		return nil
	}
	fell := "fell"
	if !m.HigherIsBetter {
		fell = "rose"
	}
	if m.Unit == report.Fraction {
		return &stage.Gate{Reason: fmt.Sprintf("max-drop: %s %s by %.2f points from %.2f %% to %.2f %%, at most %g are allowed",
			m.Name, fell, m.Drop, 100*m.Original, 100*m.Pruned, *maxDrop)}
	}
	return &stage.Gate{Reason: fmt.Sprintf("max-drop: %s %s by %.4g from %.6g to %.6g, at most %g is allowed", m.Name, fell, m.Drop, m.Original, m.Pruned, *maxDrop)}
}
