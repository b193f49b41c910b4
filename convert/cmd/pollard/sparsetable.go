package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/runtime"
)

// sparseModes maps the values of --sparse.
var sparseModes = map[string]runtime.Sparse{"fastest": runtime.SparseFastest, "never": runtime.SparseNever, "always": runtime.SparseAlways}

// printSparse prints how nodes with zero weights are computed, and the time of each way to do it.
func printSparse(w io.Writer, l *report.Latency) {
	if len(l.Sparse) == 0 {
		return
	}
	var names []any
	for _, c := range l.Sparse {
		for _, way := range c.Ways {
			names = addName(names, way.Way)
		}
	}
	header := []any{"node with zeros", "weights", "non-zero", "chosen"}
	t := newTable(w, append(header, names...)...)
	alignRight(t, 2, 3)
	alignRight(t, len(header)+1, len(header)+len(names))
	for _, c := range l.Sparse {
		row := table.Row{c.Node, count(int64(c.Weights)), percent(float64(c.NonZero) / float64(max(1, c.Weights))), c.Way}
		for _, name := range names {
			row = append(row, wayTime(c.Ways, name.(string)))
		}
		t.AppendRow(row)
	}
	t.Render()
}

func addName(names []any, name string) []any {
	for _, n := range names {
		if n == name {
			return names
		}
	}
	return append(names, name)
}

// wayTime returns the time of a way, or "" if it was not measured.
func wayTime(ways []report.Way, name string) string {
	for _, w := range ways {
		if w.Way == name && w.MS > 0 {
			return milliseconds(w.MS)
		}
	}
	return ""
}

// sparseMode parses --sparse.
func sparseMode(name string) (runtime.Sparse, error) {
	m, ok := sparseModes[name]
	if !ok {
		return m, fmt.Errorf("sparse: want fastest, never or always, have %q", name)
	}
	return m, nil
}

// printEfficiency prints what skipping zeros brings, and what the fitted model of the machine predicts.
func printEfficiency(w io.Writer, l *report.Latency) {
	e := l.Efficiency
	if e == nil || len(e.Nodes) == 0 {
		return
	}
	t := newTable(w, "node", "computed", "not zero", "beta ps", "gamma ps", "fixed", "residual", "share", "dense", "time", "predicted", "faster", "of", "rho", "predicted")
	alignRight(t, 3, 15)
	for _, n := range e.Nodes {
		t.AppendRow(append(table.Row{n.Node, n.Way, percent(float64(n.NonZero) / float64(max(1, n.Weights))), fmt.Sprintf("%.3g", n.BetaPS), fmt.Sprintf("%.3g", n.GammaPS),
			milliseconds(n.FixedMS), percent(n.Residual), fmt.Sprintf("%.2f", n.Share)}, efficiencyCells(n.DenseMS, n.MS, n.PredictedMS, n.Efficiency)...))
	}
	t.AppendRow(append(table.Row{"all", "", "", "", "", "", "", ""}, efficiencyCells(e.DenseMS, e.MS, e.PredictedMS, e.Efficiency)...))
	t.Render()
	printf(w, "rho, the share of the theoretical speed-up that is realised, is within 15 %% of the prediction for %s of the nodes that skip zeros\n", percent(e.Within))
}

func efficiencyCells(dense, ms, predicted float64, e report.Efficiency) table.Row {
	return table.Row{milliseconds(dense), milliseconds(ms), milliseconds(predicted), fmt.Sprintf("%.2f", e.SpeedUp), fmt.Sprintf("%.2f", e.Theoretical),
		fmt.Sprintf("%.2f", e.Rho), fmt.Sprintf("%.2f", e.RhoPredicted)}
}
