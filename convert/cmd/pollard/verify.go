package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

func verifyCommand() *cli.Command {
	own := []cli.Flag{
		&cli.Float64Flag{Name: "max-drop", Category: inGates, Usage: "Fail if accuracy falls by more than `POINTS` percentage points, or another metric by more than that."},
		fractionFlag("min-agreement", inGates, "", "Fail if less than the `FRACTION` of the samples is predicted as by the original, or if another agreement of the task is less."),
		&cli.StringFlag{Name: "data", Aliases: []string{"eval"}, Category: inData, Usage: "Compare the models on the samples in `FILE`: .npy, .npz, IDX or text, or a folder of pictures."},
		&cli.StringFlag{Name: "labels", Category: inData, Usage: "Read the labels of --data from `FILE` where they are in a file of their own."},
		dimFlag(), setFlag(), htmlFlag(),
	}
	return &cli.Command{
		Name: "verify", Usage: "compare a pruned model with its original on data",
		ArgsUsage: "ORIGINAL.onnx PRUNED.onnx", Description: verifyDescription, Flags: commonFlags(joinFlags(own, taskFlags(), dataFlags())...),
		Action: func(c *cli.Context) error {
			if err := wantArgs(c, "ORIGINAL.onnx", "PRUNED.onnx"); err != nil {
				return err
			}
			d, err := dims(c)
			if err != nil {
				return err
			}
			set, err := setOf(c)
			if err != nil {
				return err
			}
			of, err := taskOptions(c)
			if err != nil {
				return err
			}
			var maxDrop *float64
			if c.IsSet("max-drop") {
				drop := c.Float64("max-drop")
				maxDrop = &drop
			}
			config := convert.Config{Threads: c.Int("threads"), Dims: d, Set: set, Task: of, Pictures: picturesFor(c), Progress: progress(c)}
			if c.IsSet("min-agreement") {
				least := c.Float64("min-agreement")
				config.MinAgreement = &least
			}
			r, err := convert.Verify(c.Context, c.Args().Get(0), c.Args().Get(1), evalLoader(c, c.String("data"), c.String("labels")),
				maxDrop, config)
			if shown := show(c, r, printVerified); shown != nil && err == nil {
				err = shown
			}
			return err
		},
	}
}

const verifyDescription = `Run both models on the same samples and compare their predictions and, where there are labels, their accuracy. It makes no difference which program wrote the second model.

    pollard verify in.onnx out.onnx --data test.npz --max-drop 1`

func printVerified(w io.Writer, r *convert.Report) {
	comparison(w, r)
	inputsTaken(w, r)
	judged(w, r)
	agreement(w, r)
}
