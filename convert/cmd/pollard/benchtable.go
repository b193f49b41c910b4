package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// printBench prints the measurements: the runs of each model, and where the time went.
func printBench(w io.Writer, r *convert.Report) {
	t := newTable(w, "model", "runtime", "median", "p95", "spread", "least", "runs")
	alignRight(t, 3, 7)
	for _, l := range r.Latency {
		t.AppendRow(timesRow(l.Path, "Pollard", l.Times))
		if l.Peer != nil {
			t.AppendRow(timesRow("", l.Peer.Runtime, l.Peer.Times))
		}
	}
	t.Render()
	if r.Ratio != nil && r.Ratio.Latency != nil {
		printf(w, "ratio of medians: %.2fx\n", *r.Ratio.Latency)
	}
	for _, l := range r.Latency {
		printPeer(w, &l)
	}
	if m := r.Machine; m != nil {
		printf(w, "peak of this machine on %d threads: %.1f GFLOP/s (%s)\n", m.Threads, m.PeakGFLOPS, r.Level)
	}
	for _, l := range r.Latency {
		printf(w, "\n")
		printNodes(w, &l)
		printOperators(w, &l, r.Machine)
		printSparse(w, &l)
		printEfficiency(w, &l)
		m := l.Memory
		printf(w, "memory: activations %s, scratch %s, packed weights %s\n", megabytes(m.Activations), megabytes(m.Scratch), megabytes(m.Weights))
	}
}

func alignRight(t table.Writer, from, to int) {
	var columns []table.ColumnConfig
	for i := from; i <= to; i++ {
		columns = append(columns, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
}

// timesRow returns a row of the table. The spread is the width of the middle half of the runs.
func timesRow(model, runtime string, t report.Times) table.Row {
	return table.Row{model, runtime, milliseconds(t.MedianMS), milliseconds(t.P95MS), fmt.Sprintf("%.1f %%", 100*t.Spread), milliseconds(t.MinMS), t.Runs}
}

// printPeer compares our runtime with another.
func printPeer(w io.Writer, l *report.Latency) {
	p := l.Peer
	if p == nil {
		return
	}
	printf(w, "%s, ours over %s: median %.2f, least %.2f", l.Path, p.Runtime, p.Ratio.Median, p.Ratio.Min)
	if p.Ratio.Memory != nil {
		printf(w, ", memory of the session %.2f (%s over %s)", *p.Ratio.Memory, megabytes(p.Ours.Session), megabytes(p.Theirs.Session))
	}
	switch {
	case p.MaxRelDiff == nil:
		printf(w, "; %s\n", p.Note)
	case *p.MaxRelDiff <= p.Tolerance:
		printf(w, "; both agree, to %.1e of the largest output\n", *p.MaxRelDiff)
	default:
		printf(w, "; OUTPUTS DIFFER by %.1e of the largest, tolerance %g\n", *p.MaxRelDiff, p.Tolerance)
	}
}

// printOperators prints where the time of a run went, by operator. The last row is the total.
func printOperators(w io.Writer, l *report.Latency, m *report.Machine) {
	t := newTable(w, "operator in "+l.Path, "nodes", "time", "share", "MACs", "GFLOP/s", "of peak")
	alignRight(t, 2, 7)
	all := report.Operator{Operator: "all"}
	for _, o := range l.Operators {
		t.AppendRow(operatorRow(o))
		all.Nodes, all.MS, all.Share, all.MACs = all.Nodes+o.Nodes, all.MS+o.MS, all.Share+o.Share, all.MACs+o.MACs
	}
	if all.MS > 0 && m != nil {
		all.GFLOPS = 2 * float64(all.MACs) / all.MS / 1e6
		all.OfPeak = all.GFLOPS / m.PeakGFLOPS
	}
	t.AppendRow(operatorRow(all))
	t.Render()
}

func operatorRow(o report.Operator) table.Row {
	return append(table.Row{o.Operator, o.Nodes, milliseconds(o.MS), percent(o.Share)}, rateOf(o.MACs, o.GFLOPS, o.OfPeak)...)
}

// rateOf returns the cells for multiply-accumulates and their rate, empty if there are none.
func rateOf(macs int64, gflops, ofPeak float64) table.Row {
	if macs == 0 {
		return table.Row{"", "", ""}
	}
	return table.Row{count(macs), fmt.Sprintf("%.1f", gflops), fmt.Sprintf("%.1f %%", 100*ofPeak)}
}

// printNodes prints where the time of a run went, by node, in the order of execution.
func printNodes(w io.Writer, l *report.Latency) {
	if len(l.Nodes) == 0 {
		return
	}
	t := newTable(w, "node in "+l.Path, "operator", "kernel", "time", "share", "MACs", "GFLOP/s", "of peak")
	alignRight(t, 4, 8)
	for _, n := range l.Nodes {
		t.AppendRow(append(table.Row{n.Node, n.Operator, n.Kernel, milliseconds(n.MS), percent(n.Share)}, rateOf(n.MACs, n.GFLOPS, n.OfPeak)...))
	}
	t.Render()
	printf(w, "\n")
}
