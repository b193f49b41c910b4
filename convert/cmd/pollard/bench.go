package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

func benchCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "data", Usage: "samples to run on (default: made-up inputs)"},
		&cli.IntFlag{Name: "batch", Value: 1, Usage: "samples at a time"},
		&cli.IntFlag{Name: "runs", Value: 50, Usage: "runs of each model, in turn"},
		dimFlag(),
	}
	return &cli.Command{
		Name: "bench", Usage: "latency by operator; of two models, interleaved",
		ArgsUsage: "MODEL.onnx [OTHER.onnx]", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action: func(c *cli.Context) error {
			names := []string{"MODEL.onnx"}
			if c.Args().Len() == 2 {
				names = append(names, "OTHER.onnx")
			}
			if err := wantArgs(c, names...); err != nil {
				return err
			}
			d, err := dims(c)
			if err != nil {
				return err
			}
			r, err := convert.Bench(c.Context, c.Args().Slice(), loader(c, c.String("data"), ""), c.Int("batch"), c.Int("runs"),
				convert.Config{Threads: c.Int("threads"), Dims: d, Progress: progress(c)})
			if err != nil {
				return err
			}
			return show(c, r, printBench)
		},
	}
}

func printBench(w io.Writer, r *convert.Report) {
	t := newTable(w, "model", "median", "min", "p90", "runs")
	for _, l := range r.Latency {
		t.AppendRow(table.Row{l.Path, milliseconds(l.MedianMS), milliseconds(l.MinMS), milliseconds(l.P90MS), l.Runs})
	}
	t.Render()
	if r.Ratio != nil && r.Ratio.Latency != nil {
		fmt.Fprintf(w, "ratio of medians: %.2fx\n", *r.Ratio.Latency)
	}
	for _, l := range r.Latency {
		fmt.Fprintln(w)
		t := newTable(w, "operator in "+l.Path, "nodes", "time", "share")
		for _, o := range l.Operators {
			t.AppendRow(table.Row{o.Operator, o.Nodes, milliseconds(o.MS), percent(o.Share)})
		}
		t.Render()
	}
}
