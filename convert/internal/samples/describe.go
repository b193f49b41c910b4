package samples

import (
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
)

// Describe enters in the report what was taken from a folder of pictures, if d reads one. use is what it
// is read for. d may be nil.
func Describe(r *report.Report, use string, d *dataset.Data) {
	if d == nil {
		return
	}
	taken := dataset.TakenFrom(d.Samples)
	if taken == nil {
		return
	}
	guessed := taken.Guessed
	if guessed == nil {
		guessed = []string{}
	}
	r.Preprocess = &report.Preprocess{Preprocess: taken.Preprocess, Guessed: guessed}
	p := report.Pictures{For: use, Samples: d.Samples.Count(), LeftOut: taken.LeftOut}
	if d.Labels != nil {
		p.Classes = taken.Classes
	}
	r.Pictures = append(r.Pictures, p)
}
