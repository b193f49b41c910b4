package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// redundancyFlags returns the flags of inspect --redundancy.
func redundancyFlags() []cli.Flag {
	return append(dataFlags(),
		&cli.BoolFlag{Name: "redundancy", Category: inMeasurement, Usage: "Measure how much of the network is redundant on --calibration, and what removing units at random does to it."},
		&cli.StringFlag{Name: "calibration", Category: inData, Usage: "With --redundancy, read unlabelled samples from `FILE`: .npy, .npz or IDX."},
		&cli.Uint64Flag{Name: "seed", Category: inData, DefaultText: "0", Usage: "Seed the random draws of --redundancy with `N`."},
	)
}

// studyRedundancy implements inspect --redundancy.
func studyRedundancy(c *cli.Context, dims map[string]int) error {
	if !c.IsSet("calibration") {
		return errors.New("redundancy: want --calibration with samples")
	}
	r, err := convert.Redundancy(c.Context, c.Args().First(), unlabelled(c, c.String("calibration")),
		convert.Config{Dims: dims, Seed: c.Uint64("seed"), Threads: c.Int("threads"), Progress: progress(c)})
	if err != nil {
		return err
	}
	return show(c, r, printRedundancy)
}

func printRedundancy(w io.Writer, r *convert.Report) {
	k := r.Redundancy
	f := r.Original
	printf(w, "%s: %s params, %s MACs, %d groups\n\n", f.Path, count(f.Params), count(f.MACs), len(r.Groups))
	printf(w, "Functional groups: units whose responses on %d samples a representative predicts with a correlation of at least %g.\n", k.Samples, k.Correlation)
	t := newTable(w, "group", "kind", "units", "silent", "functional groups", "near copies", "sizes m")
	alignRight(t, 3, 6)
	for _, g := range k.Groups {
		t.AppendRow(table.Row{g.Group, g.Kind, g.Units, g.Silent, g.Rank, g.Copies, sizes(g.Sizes)})
	}
	t.Render()
	if len(k.Unseen) > 0 {
		printf(w, "no linear node reads %s\n", strings.Join(k.Unseen, ", "))
	}
	printDeaths(w, k)
	printSurvival(w, k)
	printf(w, "\nCriteria: every group loses the same fraction of its units, chosen at random (mean of several draws), by magnitude or by data. The error is that of the outputs relative to their variance; repairs use statistics alone.\n")
	t = newTable(w, "MACs kept", "criterion", "error", "answered", "error repaired", "answered repaired")
	alignRight(t, 3, 6)
	for _, d := range k.Choices {
		t.AppendRow(table.Row{d.MACs, d.Criterion, fmt.Sprintf("%.3g", d.Error), percent(d.Answered), fmt.Sprintf("%.3g", d.RepairedError), percent(d.RepairedAnswered)})
	}
	t.Render()
}

// printDeaths prints a row for each size of a functional group, with three columns for each probability.
func printDeaths(w io.Writer, k *report.Redundancy) {
	printf(w, "\nDropping each unit with probability q: the chance q^m that a functional group loses all its m units, the share of draws in which it did,\nand the share in which none of the remaining units could replace the representative.\n")
	header := []any{"m", "groups"}
	var rows []table.Row
	at := map[int]int{}
	drops := map[float64]bool{}
	for _, d := range k.Deaths {
		if !drops[d.Drop] {
			drops[d.Drop] = true
			header = append(header, fmt.Sprintf("q = %g: q^m", d.Drop), "all gone", "lost")
		}
		if _, known := at[d.Size]; !known {
			at[d.Size] = len(rows)
			rows = append(rows, table.Row{d.Size, d.Groups})
		}
		rows[at[d.Size]] = append(rows[at[d.Size]], fmt.Sprintf("%.4f", d.Predicted), fmt.Sprintf("%.4f", d.Gone), fmt.Sprintf("%.4f", d.Lost))
	}
	t := newTable(w, header...)
	alignRight(t, 1, len(header))
	t.AppendRows(rows)
	t.Render()
}

func printSurvival(w io.Writer, k *report.Redundancy) {
	printf(w, "\nDropping units at random, without repair: the share of right answers above chance that is left (%s, %d samples), and 1-(1-s^r)^m fitted to it.\n", k.Answer, k.Tested)
	t := newTable(w, "density s", "answered", "spread over draws", "fitted")
	alignRight(t, 1, 4)
	for _, p := range k.Survival {
		t.AppendRow(table.Row{p.Density, percent(p.Answered), percent(p.Spread), percent(p.Fitted)})
	}
	t.Render()
	printf(w, "as m = %.3g disjoint sub-networks of r = %.3g units would survive, with a root mean square error of %.1f points\n", k.Fitted.M, k.Fitted.R, 100*k.Fitted.Residual)
}

// sizes formats 12 groups of one unit and one of three as "12x1 1x3".
func sizes(all []int) string {
	var parts []string
	for end := len(all); end > 0; {
		start := end
		for start > 0 && all[start-1] == all[end-1] {
			start--
		}
		parts = append(parts, fmt.Sprintf("%dx%d", end-start, all[end-1]))
		end = start
	}
	return strings.Join(parts, " ")
}
