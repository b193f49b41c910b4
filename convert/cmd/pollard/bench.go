package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

func benchCommand() *cli.Command {
	own := []cli.Flag{
		&cli.StringFlag{Name: "data", Category: inData, DefaultText: "synthetic inputs", Usage: "Run on the samples in `FILE`."},
		&cli.IntFlag{Name: "batch", Category: inMeasurement, Value: 1, Usage: "Run `N` samples at a time."},
		&cli.IntFlag{Name: "runs", Category: inMeasurement, Value: 50, Usage: "Run each model `N` times, in turn with the other."},
		&cli.BoolFlag{Name: "nodes", Category: inMeasurement, Usage: "Show the latency of every node, too."},
		&cli.StringFlag{Name: "peer", Category: inMeasurement, Usage: "Compare with another `RUNTIME` on the same inputs: ort, which is ONNX Runtime."},
		&cli.StringFlag{Name: "peer-command", Category: inMeasurement, EnvVars: []string{"POLLARD_PEERS"}, Value: "pollard-peers", Usage: "Run the other runtime with `PROGRAM`, which fixtures/peers builds."},
		&cli.BoolFlag{Name: "fit", Category: inMeasurement, Usage: "Fit a model of what non-zero weights and blocks cost on this machine, and say how much of the promised speed-up is realised."},
		&cli.StringFlag{Name: "sparse", Category: inMeasurement, Value: "fastest", Usage: "Skip zero weights by `RULE`: fastest, as measured for each node, never or always."},
		dimFlag(), htmlFlag(),
	}
	return &cli.Command{
		Name: "bench", Usage: "measure the latency of a model by operator, or of two models in turn",
		ArgsUsage: "MODEL.onnx [OTHER.onnx]", Description: benchDescription,
		Flags:  commonFlags(joinFlags(own, dataFlags())...),
		Action: bench,
	}
}

const benchDescription = `Time one model in the built-in runtime, or two in turn so that both see the same machine, and show where the time goes.

    pollard bench in.onnx out.onnx --runs 100`

func bench(c *cli.Context) error {
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
	o := convert.BenchOptions{Batch: c.Int("batch"), Runs: c.Int("runs"), Nodes: c.Bool("nodes"), Fit: c.Bool("fit")}
	if o.Sparse, err = sparseMode(c.String("sparse")); err != nil {
		return err
	}
	if o.Peer, err = peer(c); err != nil {
		return err
	}
	if o.Self, err = os.Executable(); err != nil {
		o.Self = "" // the memory of a session stays unknown
	}
	r, err := convert.Bench(c.Context, c.Args().Slice(), loader(c, c.String("data"), ""), o,
		convert.Config{Threads: c.Int("threads"), Dims: d, Progress: progress(c)})
	if err != nil {
		return err
	}
	return show(c, r, printBench)
}

// peer returns the path of the program that runs another runtime, or "" if none was asked for.
func peer(c *cli.Context) (string, error) {
	switch name := c.String("peer"); {
	case !c.IsSet("peer"):
		return "", nil
	case name != "ort":
		return "", fmt.Errorf("peer: want ort, have %q", name)
	}
	named := c.String("peer-command")
	path, err := exec.LookPath(named)
	if errors.Is(err, exec.ErrDot) { // it is what the user named
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("peer-command: there is no program %q: in a clone of Pollard, (cd fixtures/peers && npm ci --ignore-scripts && "+
			"go build -o pollard-peers .) makes it; --peer-command or POLLARD_PEERS says where it is", named)
	}
	return path, nil
}
