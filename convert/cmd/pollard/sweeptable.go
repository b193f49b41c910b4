package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
)

func printSwept(w io.Writer, r *report.Sweep) {
	if len(r.Candidates) == 0 {
		return
	}
	labelled := r.Metric != nil
	t := newTable(w, "", "candidate", "MACs", "params", "bytes", "latency", r.Measure, "drop", "predicted error")
	var right []table.ColumnConfig
	for n := 3; n <= 9; n++ {
		right = append(right, table.ColumnConfig{Number: n, Align: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	original := table.Row{"", "(original)", count(r.Original.MACs), count(r.Original.Params), count(r.Original.Bytes), "", "", "", ""}
	if r.Original.LatencyMS != nil {
		original[5] = milliseconds(*r.Original.LatencyMS)
	}
	if labelled {
		original[6] = format.Value(r.Metric.Unit, r.Metric.Original)
	}
	t.AppendRow(original)
	front := 0
	for _, c := range r.Candidates {
		row := table.Row{"", c.Name, percent(c.Of.MACs), percent(c.Of.Params), percent(c.Of.Bytes), "", percent(c.Agreement), "", ""}
		if c.Front {
			front++
			row[0] = "*"
		}
		if c.Of.Latency != nil {
			row[5] = percent(*c.Of.Latency)
		}
		if labelled {
			row[6], row[7] = format.Value(c.Metric.Unit, c.Metric.Pruned), fmt.Sprintf("%.2f", *c.Drop)
		}
		if c.PredictedError != nil {
			row[8] = fmt.Sprintf("%.4g", *c.PredictedError)
		}
		t.AppendRow(row)
	}
	t.Render()
	what := r.Measure
	if !labelled {
		what = "agreement with the original's predictions"
	}
	printf(w, "*: %d of %d candidates that no other beats in %s, MACs, params and latency; %s on %d samples\n", front, len(r.Candidates), what, what, r.Samples)
	if r.Task != nil && r.Task.Guessed {
		printf(w, "task: %s, guessed from %s; --task says otherwise\n", r.Task.Name, r.Task.How)
	}
	made := len(r.Candidates) - r.Found
	printf(w, "made %d, found %d finished", made, r.Found)
	if made > 0 {
		printf(w, "; %.0f s, of which repairs and evaluations %.0f s, %d at a time", r.Timings["total"], r.Timings["alone"], r.SideBySide)
	}
	printf(w, "\n")
	if p := r.Pick; p != nil && p.Met {
		printf(w, "pick: %s, written: %s\n", p.Name, p.Path)
	}
}
