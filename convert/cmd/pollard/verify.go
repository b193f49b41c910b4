package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

func verifyCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "data", Required: true, Usage: "samples, .npy, .npz or IDX, to compare the models on"},
		&cli.StringFlag{Name: "labels", Usage: "labels of --data, where they are in a file of their own"},
		&cli.Float64Flag{Name: "max-drop", Usage: "fail when accuracy falls by more than this many percentage points"},
		dimFlag(), htmlFlag(),
	}
	return &cli.Command{
		Name: "verify", Usage: "compare a pruned model with its original on data",
		ArgsUsage: "ORIGINAL.onnx PRUNED.onnx", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action: func(c *cli.Context) error {
			if err := wantArgs(c, "ORIGINAL.onnx", "PRUNED.onnx"); err != nil {
				return err
			}
			d, err := dims(c)
			if err != nil {
				return err
			}
			var maxDrop *float64
			if c.IsSet("max-drop") {
				drop := c.Float64("max-drop")
				maxDrop = &drop
			}
			r, err := convert.Verify(c.Context, c.Args().Get(0), c.Args().Get(1), loader(c, c.String("data"), c.String("labels")),
				maxDrop, convert.Config{Threads: c.Int("threads"), Dims: d, Progress: progress(c)})
			if shown := show(c, r, printVerified); shown != nil && err == nil {
				err = shown
			}
			return err
		},
	}
}

func printVerified(w io.Writer, r *convert.Report) {
	comparison(w, r)
	agreement(w, r)
}
