package main

import (
	"os"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

// serveCommand is hidden: bench starts it in a process of its own to measure the memory of a session.
func serveCommand() *cli.Command {
	return &cli.Command{
		Name: "serve", Hidden: true, Usage: "load a model and do what the lines of the standard input say", ArgsUsage: "MODEL.onnx",
		Flags: commonFlags(&cli.StringFlag{Name: "inputs", Category: inData, Usage: "Read the model's inputs from `FILE`, an .npz."}),
		Action: func(c *cli.Context) error {
			if err := wantArgs(c, "MODEL.onnx"); err != nil {
				return err
			}
			return convert.Serve(c.Context, c.Args().First(), c.String("inputs"), c.Int("threads"), os.Stdin, c.App.Writer)
		},
	}
}
