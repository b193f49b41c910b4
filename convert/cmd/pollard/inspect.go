package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/passes/group"
)

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name: "inspect", Usage: "say what can be removed and what is pinned, by which operator and why",
		ArgsUsage: "MODEL.onnx", Description: inspectDescription,
		Flags: commonFlags(append(redundancyFlags(), dimFlag(), setFlag(), operatorFlag(), &cli.BoolFlag{Name: "all", Category: inOutput, Usage: "List every pinned axis, not only a summary of the reasons."})...),
		Action: func(c *cli.Context) error {
			if err := wantArgs(c, "MODEL.onnx"); err != nil {
				return err
			}
			d, err := dims(c)
			if err != nil {
				return err
			}
			if err := describeOperators(c); err != nil {
				return err
			}
			set, err := setOf(c)
			if err != nil {
				return err
			}
			if c.Bool("redundancy") {
				if set != nil {
					return errors.New("set: is not for --redundancy")
				}
				return studyRedundancy(c, d)
			}
			if c.IsSet("calibration") {
				return errors.New("calibration: want --redundancy, which uses it")
			}
			r, err := convert.InspectSet(c.Context, c.Args().First(), d, set)
			if err != nil {
				return err
			}
			return show(c, r, func(w io.Writer, r *convert.Report) {
				printInspected(w, r)
				if c.Bool("all") {
					printf(w, "\n")
					printAllPinned(w, r.Pinned)
				}
			})
		},
	}
}

const inspectDescription = `List the groups of units that can be removed together, and the axes that are pinned, with the operator that pins them and the reason. Nothing is run and nothing is written.

With --redundancy, run the model on --calibration and say how many of its units repeat what others say.`

func printInspected(w io.Writer, r *convert.Report) {
	f := r.Original
	printf(w, "%s: %s params, %s MACs, %s bytes, %d nodes\n", f.Path, count(f.Params), count(f.MACs), count(f.Bytes), f.Nodes)
	if f.Params > 0 {
		printf(w, "%.1f %% of the params belong to units that can be removed\n", 100*r.Prunable)
	}
	printf(w, "\n")
	if len(r.Groups) > 0 {
		t := newTable(w, "group", "kind", "units", "members", "params of its units")
		for _, g := range r.Groups {
			t.AppendRow(table.Row{g.Name, g.Kind, g.Units, len(g.Members), count(g.Params)})
		}
		t.Render()
	} else {
		printf(w, "nothing can be removed\n")
	}
	inputsTaken(w, r)
	unfolded(w, r)
	printf(w, "\n")
	printPinned(w, r.Pinned)
}

// pinnedSummary counts the axes that are pinned for one reason.
type pinnedSummary struct {
	first            group.Pinned
	weights, axes    int
	operator, reason string
}

// quoted matches the names in a reason, which vary while the reason is the same.
var quoted = regexp.MustCompile(`"[^"]*"`)

// printPinned lists the reasons why axes are pinned, those that pin most weights first.
func printPinned(w io.Writer, pinned []group.Pinned) {
	at := map[string]int{}
	var all []pinnedSummary
	for _, p := range pinned {
		reason, _, _ := strings.Cut(p.Reason, " (at ")
		reason = quoted.ReplaceAllString(reason, "a value")
		key := p.Operator + " " + reason
		if _, ok := at[key]; !ok {
			at[key] = len(all)
			all = append(all, pinnedSummary{first: p, operator: p.Operator, reason: reason})
		}
		s := &all[at[key]]
		s.axes++
		if p.Weight {
			s.weights++
		}
	}
	slices.SortStableFunc(all, func(a, b pinnedSummary) int { return b.weights - a.weights })
	t := newTable(w, "pinned by", "because", "axes of weights", "of other values", "example")
	for _, s := range all {
		t.AppendRow(table.Row{s.operator, s.reason, s.weights, s.axes - s.weights, fmt.Sprintf("axis %d of %s", s.first.Axis, s.first.Value)})
	}
	t.Render()
}

// printAllPinned lists every pinned axis.
func printAllPinned(w io.Writer, pinned []group.Pinned) {
	t := newTable(w, "pinned", "axis", "extent", "by", "because")
	for _, p := range pinned {
		t.AppendRow(table.Row{p.Value, p.Axis, p.Size, p.Operator, p.Reason})
	}
	t.Render()
}
