package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
)

// commonFlags appends the flags that every command has.
func commonFlags(flags ...cli.Flag) []cli.Flag {
	return append(flags,
		&cli.StringFlag{Name: "json", Category: inOutput, Usage: "Write the report as JSON to `FILE`, or to the standard output if FILE is -."},
		&cli.BoolFlag{Name: "quiet", Category: inOutput, Usage: "Print nothing but errors."},
		&cli.IntFlag{Name: "threads", Category: inMachine, DefaultText: "all processors", Usage: "Compute with `N` threads."},
		&cli.StringFlag{Name: "max-memory", Category: inMachine, DefaultText: "what the machine has available, or GOMEMLIMIT where that is less", Usage: "Refuse what would take more than `SIZE` of memory, as in 4GiB or 500MB, and learn from as many samples at a time as fit in half of it; 2GiB where it is not set."},
	)
}

// htmlFlag returns --html, for commands whose report is worth a page.
func htmlFlag() cli.Flag {
	return &cli.StringFlag{Name: "html", Category: inOutput, Usage: "Write the report as a page that needs no network to `FILE`, or to the standard output if FILE is -."}
}

// outputFlag returns --output, for commands that write one file.
func outputFlag(usage string) cli.Flag {
	return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: inOutput, Usage: usage}
}

// show prints the report with print, unless --quiet is set or a report goes to the standard
// output, and writes it to where --json and --html say.
func show(c *cli.Context, r *convert.Report, print func(io.Writer, *convert.Report)) error {
	return showWritten(c, r, nil, print)
}

// showWritten is show for a report that may have been written already.
func showWritten(c *cli.Context, r *convert.Report, reports written, print func(io.Writer, *convert.Report)) (err error) {
	if r == nil {
		return nil
	}
	if reports == nil {
		if reports, err = writeReports(c, r); err != nil {
			return err
		}
	}
	clearProgress(c.App)
	print(people(c), r)
	return reports.deliver(c.App.Writer)
}

// printf is fmt.Fprintf for people. Text among the arguments, such as names from files, is quoted if it has
// characters that do not print.
func printf(w io.Writer, layout string, args ...any) {
	fmt.Fprintf(w, layout, printable(args)...)
}

// printable returns the arguments with all text passed through format.Text.
func printable(args []any) []any {
	out := slices.Clone(args)
	for i, a := range out {
		switch a := a.(type) {
		case string:
			out[i] = format.Text(a)
		case error:
			out[i] = format.Text(a.Error())
		case fmt.Stringer:
			out[i] = format.Text(a.String())
		}
	}
	return out
}

// newTable returns a table in the style of all commands.
func newTable(w io.Writer, header ...any) table.Writer {
	t := &printed{Writer: table.NewWriter(), width: tableWidth(w), header: header}
	t.SetOutputMirror(w)
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.AppendHeader(table.Row(header))
	return t
}

// comparison prints the table that compares both models.
func comparison(w io.Writer, r *convert.Report) {
	if r.Original == nil || r.Pruned == nil {
		return
	}
	a, b := r.Original, r.Pruned
	t := newTable(w, "", "original", "pruned", "ratio")
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}, {Number: 3, Align: text.AlignRight}, {Number: 4, Align: text.AlignRight}})
	t.AppendRow(table.Row{"params", count(a.Params), count(b.Params), over(a.Params, b.Params)})
	if a.NonZero != a.Params || b.NonZero != b.Params {
		t.AppendRow(table.Row{"non-zero", count(a.NonZero), count(b.NonZero), over(a.NonZero, b.NonZero)})
	}
	t.AppendRow(table.Row{"MACs", count(a.MACs), count(b.MACs), over(a.MACs, b.MACs)})
	t.AppendRow(table.Row{"bytes", count(a.Bytes), count(b.Bytes), over(a.Bytes, b.Bytes)})
	t.AppendRow(table.Row{"nodes", a.Nodes, b.Nodes, ""})
	if len(r.Metrics) > 0 {
		m := &r.Metrics[0]
		t.AppendRow(table.Row{m.Name, format.Value(m.Unit, m.Original), format.Value(m.Unit, m.Pruned), change(m)})
	}
	if a.LatencyMS != nil && b.LatencyMS != nil && r.Ratio != nil && r.Ratio.Latency != nil {
		t.AppendRow(table.Row{"latency", milliseconds(*a.LatencyMS), milliseconds(*b.LatencyMS), format.Times(*r.Ratio.Latency)})
	}
	t.Render()
}

// Numbers look as they do on the page of --html.
var (
	count, over           = format.Count, format.Over
	percent, milliseconds = format.Percent, format.Milliseconds
	megabytes             = format.Megabytes
)

// change formats the difference of a metric.
func change(m *report.Metric) string {
	if m.Unit == report.Fraction {
		return format.Points(m.Original, m.Pruned)
	}
	return fmt.Sprintf("%+.4g", m.Pruned-m.Original)
}
