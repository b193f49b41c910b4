package samples

import (
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
)

// Describe enters in the report what was taken from a folder of pictures or sounds, if d reads one. use is what it
// is read for. d may be nil.
func Describe(r *report.Report, use string, d *dataset.Data) {
	if d == nil {
		return
	}
	taken := dataset.TakenFrom(d.Samples)
	if taken == nil {
		return
	}
	of := "sounds"
	if p := taken.Preprocess; p != nil {
		of = "pictures"
		guessed := taken.Guessed
		if guessed == nil {
			guessed = []string{}
		}
		r.Preprocess = &report.Preprocess{Preprocess: *p, Guessed: guessed}
	}
	p := report.Folder{For: use, Of: of, Samples: d.Samples.Count(), LeftOut: taken.LeftOut}
	if d.Labels != nil {
		p.Classes = taken.Classes
	}
	r.Folders = append(r.Folders, p)
}
