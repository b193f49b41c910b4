package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

func runCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "input", Required: true, Usage: "the model's inputs: .npy, .npz or IDX"},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write each output as `DIR`/NAME.npy"},
	}
	return &cli.Command{
		Name: "run", Usage: "run a model and write its outputs",
		ArgsUsage: "MODEL.onnx", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action:       runModel,
	}
}

func runModel(c *cli.Context) error {
	if err := wantArgs(c, "MODEL.onnx"); err != nil {
		return err
	}
	outputs, err := convert.Run(c.Context, c.Args().First(), loader(c, c.String("input"), ""), c.Int("threads"))
	if err != nil {
		return err
	}
	dir := c.String("output")
	if dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("output: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		t := outputs[name]
		if !c.Bool("quiet") {
			fmt.Fprintf(c.App.Writer, "%s %v%v\n", name, t.DType(), graph.ShapeOf(t.Shape()...))
		}
		if dir == "" {
			continue
		}
		if err := dataset.SaveNPY(filepath.Join(dir, fileName(name)+".npy"), t); err != nil {
			return err
		}
	}
	return nil
}

// fileName replaces what cannot stand in a file's name.
func fileName(name string) string {
	return strings.NewReplacer("/", "_", "\\", "_", ":", "_").Replace(name)
}
