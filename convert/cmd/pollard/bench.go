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
	flags := []cli.Flag{
		&cli.StringFlag{Name: "data", Usage: "samples to run on (default: made-up inputs)"},
		&cli.IntFlag{Name: "batch", Value: 1, Usage: "samples at a time"},
		&cli.IntFlag{Name: "runs", Value: 50, Usage: "runs of each model, in turn"},
		&cli.BoolFlag{Name: "nodes", Usage: "the latency of every node too"},
		&cli.StringFlag{Name: "peer", Usage: "compare with another `RUNTIME`, in turn and on the same inputs: ort, ONNX Runtime"},
		&cli.StringFlag{Name: "peer-command", EnvVars: []string{"POLLARD_PEERS"}, Value: "pollard-peers", Usage: "`PROGRAM` of fixtures/peers that runs it"},
		&cli.BoolFlag{Name: "fit", Usage: "fit what weights take that are not zero, and blocks of them, on this machine, and say which part of the speed-up that zeros promise is realised"},
		&cli.StringFlag{Name: "sparse", Value: "fastest", Usage: "how nodes are computed whose weights are zero in part: the `WAY` that is fastest, as measured, never without them, or always"},
		dimFlag(), htmlFlag(),
	}
	return &cli.Command{
		Name: "bench", Usage: "latency by operator; of two models, interleaved",
		ArgsUsage: "MODEL.onnx [OTHER.onnx]", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action:       bench,
	}
}

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

// peer is the program that runs another runtime; empty where none is asked for.
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
