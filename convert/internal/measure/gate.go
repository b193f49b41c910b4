package measure

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
)

// AgreementGate returns a failed gate if the models agree on less than the given share of the
// samples.
func AgreementGate(r *report.Report, least *float64) error {
	if least == nil || r.Agreement == nil || r.Agreement.Top1 >= *least {
		return nil
	}
	return &stage.Gate{Reason: fmt.Sprintf("min-agreement: the models agree on %.4f of %d samples, want at least %g", r.Agreement.Top1, r.Agreement.Samples, *least)}
}

// DropGate returns a failed gate if accuracy fell by more than maxDrop percentage points.
func DropGate(r *report.Report, maxDrop *float64) error {
	if maxDrop == nil || r.Original.Accuracy == nil || r.Pruned.Accuracy == nil {
		return nil
	}
	if drop := 100 * (*r.Original.Accuracy - *r.Pruned.Accuracy); drop > *maxDrop {
		return &stage.Gate{Reason: fmt.Sprintf("max-drop: accuracy fell by %.2f points from %.2f %% to %.2f %%, at most %g are allowed",
			drop, 100**r.Original.Accuracy, 100**r.Pruned.Accuracy, *maxDrop)}
	}
	return nil
}
