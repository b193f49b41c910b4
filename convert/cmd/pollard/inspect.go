package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name: "inspect", Usage: "say what can go and what is pinned, by which operator and why",
		ArgsUsage: "MODEL.onnx", Flags: commonFlags(dimFlag()),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action: func(c *cli.Context) error {
			if err := wantArgs(c, "MODEL.onnx"); err != nil {
				return err
			}
			d, err := dims(c)
			if err != nil {
				return err
			}
			r, err := convert.Inspect(c.Context, c.Args().First(), d)
			if err != nil {
				return err
			}
			return show(c, r, printInspected)
		},
	}
}

func printInspected(w io.Writer, r *convert.Report) {
	f := r.Original
	fmt.Fprintf(w, "%s: %s params, %s MACs, %s bytes, %d nodes\n\n", f.Path, count(f.Params), count(f.MACs), count(f.Bytes), f.Nodes)
	if len(r.Groups) > 0 {
		t := newTable(w, "group", "kind", "units", "members", "params of its units")
		for _, g := range r.Groups {
			t.AppendRow(table.Row{g.Name, g.Kind, g.Units, len(g.Members), count(g.Params)})
		}
		t.Render()
	} else {
		fmt.Fprintln(w, "nothing can be removed")
	}
	if len(r.Pinned) == 0 {
		return
	}
	fmt.Fprintln(w)
	t := newTable(w, "pinned", "axis", "extent", "by", "because it")
	for _, p := range r.Pinned {
		t.AppendRow(table.Row{p.Value, p.Axis, p.Size, p.Operator, p.Reason})
	}
	t.Render()
}
