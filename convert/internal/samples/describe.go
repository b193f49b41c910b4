package samples

import (
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
)

// Describe enters in the report what was taken from a folder of pictures or sounds, or from text, if d reads such. use
// is what it is read for. d may be nil.
func Describe(r *report.Report, use string, d *dataset.Data) {
	describe(&r.Preprocess, &r.Folders, use, d)
}

// DescribeSweep is Describe for a sweep.
func DescribeSweep(r *report.Sweep, use string, d *dataset.Data) {
	describe(&r.Preprocess, &r.Folders, use, d)
}

func describe(preprocess **report.Preprocess, folders *[]report.Folder, use string, d *dataset.Data) {
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
		*preprocess = &report.Preprocess{Preprocess: *p, Guessed: guessed}
	}
	f := report.Folder{For: use, Of: of, Samples: d.Samples.Count(), LeftOut: taken.LeftOut}
	if t := taken.Table; t != nil {
		f.Of, f.Columns, f.Padded, f.Length = "rows", t.Columns, t.Padded, t.Length
	}
	if t := taken.Text; t != nil {
		f.Of = "sentences"
		f.Text = &report.Text{Tokenizer: t.Tokenizer, Model: t.Model, Length: t.Length, From: t.From, Padding: t.Padding, Blank: t.Blank}
	}
	if c := taken.Calls; c != nil {
		if f.Rate, f.Frame, f.Hop, _ = c.Rate(); f.Rate == 0 {
			f.Of = "arrays"
		}
		f.Sequences = c.Sequences()
		for _, s := range c.States {
			f.States = append(f.States, report.State{Output: s.Output, Input: s.Input, Shape: s.Shape, By: s.By})
		}
	}
	if d.Labels != nil {
		f.Classes = taken.Classes
	}
	*folders = append(*folders, f)
}
