package main

import (
	"fmt"
	"io"
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
	r := &convert.Report{Schema: convert.Schema, Command: "run"}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		t := outputs[name]
		r.Outputs = append(r.Outputs, convert.OutputReport{Name: name, Type: t.DType().String(), Shape: t.Shape()})
	}
	if err := save(c.String("output"), outputs, r.Outputs); err != nil {
		return err
	}
	return show(c, r, func(w io.Writer, r *convert.Report) {
		for _, o := range r.Outputs {
			fmt.Fprintf(w, "%s %s%v\n", o.Name, o.Type, graph.ShapeOf(o.Shape...))
		}
	})
}

// save writes each output to a file of its own in the folder dir and notes its path; nothing where dir is empty.
func save(dir string, outputs map[string]*graph.Tensor, reports []convert.OutputReport) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	taken := map[string]bool{}
	for i := range reports {
		r := &reports[i]
		name := fileName(r.Name)
		for k := 2; taken[name]; k++ { // "a/b" and "a_b"
			name = fmt.Sprintf("%s_%d", fileName(r.Name), k)
		}
		taken[name] = true
		r.Path = filepath.Join(dir, name+".npy")
		if err := dataset.SaveNPY(r.Path, outputs[r.Name]); err != nil {
			return err
		}
	}
	return nil
}

// fileName replaces what cannot stand in a file's name.
func fileName(name string) string {
	return strings.NewReplacer("/", "_", "\\", "_", ":", "_").Replace(name)
}
