package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/passes/saliency"
)

func calibrateCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Required: true, Usage: "write the statistics to `FILE`, an .npz"},
		&cli.StringFlag{Name: "data", Usage: "unlabelled samples, .npy, .npz or IDX, read batch by batch (default: made-up inputs)"},
		&cli.StringFlag{Name: "criterion", Value: convert.DefaultCriterion, Usage: "collect what this criterion of prune reads: " + strings.Join(readers(), ", ")},
		&cli.BoolFlag{Name: "all", Usage: "collect what every criterion reads"},
		&cli.StringFlag{Name: "shard", Usage: "`I/N`: look only at the I-th of N equal parts of the samples"},
		&cli.IntFlag{Name: "samples", Usage: "look at the first `N` samples only, in all shards (default: all; 256 where they are made up)"},
		&cli.BoolFlag{Name: "merge", Usage: "merge the statistics of shards: the arguments are files of calibrate"},
		&cli.Uint64Flag{Name: "seed", Usage: "for made-up inputs"},
		dimFlag(),
	}
	return &cli.Command{
		Name: "calibrate", Usage: "collect statistics of a model's values for prune --statistics, or merge those of shards",
		ArgsUsage: "MODEL.onnx, or --merge A.npz B.npz ...", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action:       calibrate,
	}
}

// readers lists the criteria that statistics can be collected for.
func readers() []string {
	var names []string
	for _, c := range saliency.All() {
		if c.NeedsData {
			names = append(names, c.Name)
		}
	}
	return names
}

func calibrate(c *cli.Context) error {
	if c.Bool("merge") {
		return merge(c)
	}
	if err := wantArgs(c, "MODEL.onnx"); err != nil {
		return err
	}
	d, err := dims(c)
	if err != nil {
		return err
	}
	j := convert.Calibration{
		In: c.Args().First(), Out: c.String("output"), Data: c.String("data"),
		Criteria: []string{c.String("criterion")}, Samples: c.Int("samples"),
		Config: convert.Config{Seed: c.Uint64("seed"), Dims: d, Threads: c.Int("threads"), Progress: progress(c)},
	}
	if j.Options, err = dataOptions(c); err != nil {
		return err
	}
	if c.IsSet("samples") && j.Samples < 1 {
		return fmt.Errorf("samples: want a positive number, have %d", j.Samples)
	}
	if c.Bool("all") {
		if c.IsSet("criterion") {
			return errors.New("want --criterion or --all, have both")
		}
		j.Criteria = readers()
	}
	if c.IsSet("shard") {
		if j.Shard, err = dataset.ParseShard(c.String("shard")); err != nil {
			return err
		}
	}
	var reports written
	j.Ready = ready(c, &reports)
	defer func() { reports.discard() }()
	r, err := convert.Calibrate(c.Context, j)
	if err != nil {
		return err
	}
	return showWritten(c, r, reports, printCalibrated)
}

// merge is calibrate --merge.
func merge(c *cli.Context) error {
	for _, flag := range []string{"data", "criterion", "all", "shard", "samples", "seed", "dim", "mean", "std", "scale"} {
		if c.IsSet(flag) {
			return fmt.Errorf("merge: the files say what was collected: want no --%s", flag)
		}
	}
	if !c.Args().Present() {
		return errors.New("calibrate: want files of statistics to merge, have none")
	}
	var reports written
	defer func() { reports.discard() }()
	r, err := convert.MergeStatistics(c.Context, c.Args().Slice(), c.String("output"), ready(c, &reports))
	if err != nil {
		return err
	}
	return showWritten(c, r, reports, printCalibrated)
}

func printCalibrated(w io.Writer, r *convert.Report) {
	s := r.Statistics
	t := newTable(w, "shard", "samples", "of", "for", "axes", "Gram matrices of", "bytes")
	t.AppendRow(table.Row{s.Shard, s.Samples, s.Total, strings.Join(s.Criteria, ", "), s.Axes, fmt.Sprintf("%d nodes", s.Grams), count(s.Bytes)})
	t.Render()
	if s.Source == "synthetic" {
		printf(w, "made-up inputs: --data with real ones does better\n")
	}
	printf(w, "written: %s\n", s.Path)
}
