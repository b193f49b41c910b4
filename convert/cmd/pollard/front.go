package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/html"
	"github.com/pollard-dev/pollard/convert/report"
)

// sweepPage returns a page that shows the candidates of a sweep.
func sweepPage(c *cli.Context, r *report.Sweep) html.Page {
	page := html.Page{Report: &convert.Report{Schema: report.Schema, Command: r.Command, Original: r.Original, Failed: r.Failed, Timings: r.Timings}}
	page.Arguments, _ = c.App.Metadata[argumentsKey].([]string)
	page.Report.Task = r.Task
	labelled := r.Metric != nil
	original := pointOf("original", r.Original)
	if labelled {
		original.Measure, original.Unit, original.Accuracy, original.Lower = r.Metric.Name, r.Metric.Unit, r.Metric.Original, !r.Metric.HigherIsBetter
	}
	original.Original = true
	original.Agreement = !labelled
	if !labelled {
		original.Accuracy = 1
	}
	page.Front = append(page.Front, original)
	for _, k := range r.Candidates {
		if k.Model == nil {
			continue
		}
		p := pointOf(k.Name, k.Model)
		if p.On = k.Front; labelled {
			p.Measure, p.Unit, p.Accuracy = k.Metric.Name, k.Metric.Unit, k.Metric.Pruned
		} else {
			p.Accuracy, p.Agreement = k.Agreement, true
		}
		p.Notes = append(p.Notes, fmt.Sprintf("criterion %s, solver %s", k.Criterion, k.Solver), "agreement with the original: "+percent(k.Agreement))
		page.Front = append(page.Front, p)
	}
	return page
}

func pointOf(name string, f *report.Figures) html.Point {
	p := html.Point{Name: name, MACs: f.MACs, Params: f.Params, Bytes: f.Bytes}
	if f.LatencyMS != nil {
		p.LatencyMS = *f.LatencyMS
	}
	return p
}
