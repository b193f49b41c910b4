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
	own := []cli.Flag{
		outputFlag("Write the statistics, an .npz, to `FILE`, or to the standard output if FILE is -."),
		&cli.BoolFlag{Name: "merge", Category: inOutput, Usage: "Merge the statistics of shards, which are the arguments."},
		&cli.StringFlag{Name: "data", Aliases: []string{"calibration"}, Category: inData, DefaultText: "synthetic inputs", Usage: "Read the unlabelled samples in `FILE`, .npy, .npz, IDX or text, or a folder of pictures, batch by batch."},
		&cli.StringFlag{Name: "shard", Category: inData, DefaultText: "all samples", Usage: "Look only at part `I/N`, the I-th of N equal parts of the samples."},
		&cli.IntFlag{Name: "samples", Category: inData, DefaultText: "all; 256 synthetic ones", Usage: "Look only at the first `N` samples, counted over all shards."},
		&cli.StringFlag{Name: "criterion", Category: inSelection, Value: convert.DefaultCriterion, Usage: "`NAME`: Collect what this criterion of prune reads: " + strings.Join(readers(), ", ") + "."},
		&cli.BoolFlag{Name: "all", Category: inSelection, Usage: "Collect what every criterion reads."},
		&cli.Uint64Flag{Name: "seed", Category: inData, DefaultText: "0", Usage: "Seed synthetic inputs with `N`."},
		dimFlag(), effortFlag(),
	}
	return &cli.Command{
		Name: "calibrate", Usage: "collect the statistics that prune --statistics reads, or merge those of shards",
		ArgsUsage: "MODEL.onnx | --merge A.npz B.npz ...", Description: calibrateDescription,
		Flags:  commonFlags(joinFlags(own, dataFlags())...),
		Action: calibrate,
	}
}

const calibrateDescription = `Run the model on a data set of any size, or on a part of it, and write the statistics that a criterion reads. Memory depends on the model alone. Parts may be looked at on different machines and merged:

    pollard calibrate in.onnx --data samples.npz --shard 1/2 -o 1.npz
    pollard calibrate in.onnx --data samples.npz --shard 2/2 -o 2.npz
    pollard calibrate --merge 1.npz 2.npz -o statistics.npz
    pollard prune in.onnx -o other.onnx --macs 50% --statistics statistics.npz`

// readers lists the criteria that read statistics.
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
	out, err := resultOf(c, "statistics.npz")
	if err != nil {
		return err
	}
	defer out.discard()
	j := convert.Calibration{
		In: c.Args().First(), Out: out.path, Data: c.String("data"),
		Criteria: []string{c.String("criterion")}, Samples: c.Int("samples"),
		Config: convert.Config{Seed: c.Uint64("seed"), Dims: d, Threads: c.Int("threads"), Effort: c.String("effort"), Progress: progress(c)},
	}
	if j.Options, err = dataOptions(c); err != nil {
		return err
	}
	j.Load = unlabelled(c, j.Data)
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
	j.Ready = out.ready(ready(c, &reports))
	defer func() { reports.discard() }()
	r, err := convert.Calibrate(c.Context, j)
	if err == nil {
		err = out.deliver(c.App.Writer)
	}
	if err != nil {
		return err
	}
	return showWritten(c, r, reports, printCalibrated)
}

// merge implements calibrate --merge.
func merge(c *cli.Context) error {
	for _, flag := range []string{"data", "criterion", "all", "shard", "samples", "seed", "dim", "mean", "std", "scale", "preset", "preprocess", "size", "resize", "shorter", "filter", "channels", "skip-bad", "tokenizer", "length"} {
		if c.IsSet(flag) {
			return fmt.Errorf("merge: the files say what was collected: want no --%s", flag)
		}
	}
	if !c.Args().Present() {
		return errors.New("calibrate: want files of statistics to merge, have none")
	}
	out, err := resultOf(c, "statistics.npz")
	if err != nil {
		return err
	}
	defer out.discard()
	var reports written
	defer func() { reports.discard() }()
	r, err := convert.MergeStatistics(c.Context, c.Args().Slice(), out.path, out.ready(ready(c, &reports)))
	if err == nil {
		err = out.deliver(c.App.Writer)
	}
	if err != nil {
		return err
	}
	return showWritten(c, r, reports, printCalibrated)
}

func printCalibrated(w io.Writer, r *convert.Report) {
	s := r.Statistics
	t := newTable(w, "shard", "samples", "total", "criteria", "axes", "Gram matrices", "bytes")
	t.AppendRow(table.Row{s.Shard, s.Samples, s.Total, strings.Join(s.Criteria, ", "), s.Axes, s.Grams, count(s.Bytes)})
	t.Render()
	if s.Source == "synthetic" {
		printf(w, "synthetic inputs; real samples, given with --data, do better\n")
	}
	printf(w, "written: %s\n", s.Path)
}
