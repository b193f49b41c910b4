package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/html"
)

// shownPictures is the number of samples on a page.
const shownPictures = 48

func lookCommand() *cli.Command {
	own := []cli.Flag{
		&cli.IntFlag{Name: "samples", Category: inData, Value: convert.DefaultLook, Usage: "Look at `N` samples, at equal distances through the data."},
		&cli.StringFlag{Name: "labels", Category: inData, Usage: "Read labels from `FILE` where they are in a file of their own."},
		&cli.StringFlag{Name: "html", Category: inOutput, Usage: "Write a page with pictures of what the model sees, which needs no network, to `FILE`, or to the standard output if FILE is -."},
		dimFlag(),
	}
	return &cli.Command{
		Name: "data", Usage: "show what a model will see of data: shapes, ranges, means, pictures",
		ArgsUsage: "MODEL.onnx DATA", Description: lookDescription, Flags: commonFlags(joinFlags(own, dataFlags())...),
		Action: lookAt,
	}
}

const lookDescription = `Read samples as the other commands do, and show their shape, and the range, the mean and the standard deviation of each channel. Warn where numbers are unlike what the model met in training, as its first BatchNormalization tells, or unlike what normalisation gives.

    pollard data in.onnx samples.npz --html sheet.html`

func lookAt(c *cli.Context) error {
	if err := wantArgs(c, "MODEL.onnx", "DATA"); err != nil {
		return err
	}
	d, err := dims(c)
	if err != nil {
		return err
	}
	if c.Int("samples") < 1 {
		return fmt.Errorf("samples: want a positive number, have %d", c.Int("samples"))
	}
	o := convert.LookOptions{Samples: c.Int("samples")}
	if c.IsSet("html") {
		o.Pictures = shownPictures
	}
	load := loader(c, c.Args().Get(1), c.String("labels"))
	r, shown, err := convert.Look(c.Context, c.Args().First(), load, o, convert.Config{Threads: c.Int("threads"), Dims: d, Progress: progress(c)})
	if err != nil {
		return err
	}
	page := html.Sheet{Report: r, Shown: shown}
	page.Arguments, _ = c.App.Metadata[argumentsKey].([]string)
	reports, err := writeEach(c, r.WriteJSON, page.Write)
	if err != nil {
		return err
	}
	return showWritten(c, r, reports, printLook)
}

func printLook(w io.Writer, r *convert.Report) {
	l := r.Look
	t := newTable(w, "input", "type", "sample", "channel", "least", "most", "mean", "std")
	var right []table.ColumnConfig
	for i := 5; i <= 8; i++ {
		right = append(right, table.ColumnConfig{Number: i, Align: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	for _, in := range l.Inputs {
		for c, f := range in.Channels {
			channel := "all"
			if in.Picture {
				channel = fmt.Sprint(c)
			}
			t.AppendRow(table.Row{in.Name, in.Type, fmt.Sprint(in.Shape), channel, number(f.Min), number(f.Max), number(f.Mean), number(f.Std)})
		}
	}
	t.Render()
	printf(w, "%s samples, %s looked at\n", format.Count(int64(l.Samples)), format.Count(int64(l.Looked)))
	if len(l.Labels) > 0 {
		line := "labels:"
		for i, k := range l.Labels {
			if i == mostListed {
				line += fmt.Sprintf(", and %d more classes", len(l.Labels)-i)
				break
			}
			if i > 0 {
				line += ","
			}
			line += fmt.Sprintf(" %d", k.Class)
			if k.Name != "" {
				line += " " + k.Name
			}
			line += fmt.Sprintf(": %d", k.Samples)
		}
		printf(w, "%s\n", line)
	}
	if n := l.Norm; n != nil {
		printf(w, "first BatchNormalization, %q: means %.3g running standard deviations off, deviations %.3g times as large\n", n.Node, n.Shift, n.Spread)
	}
	for _, warning := range l.Warnings {
		printf(w, "warning: %s\n", warning)
	}
}

func number(x float64) string { return fmt.Sprintf("%.4g", x) }
