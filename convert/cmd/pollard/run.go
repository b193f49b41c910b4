package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

func runCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "input", Usage: "the model's inputs: .npy, .npz or IDX"},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write each output as `DIR`/NAME.npy"},
		&cli.StringFlag{Name: "test-data", Usage: "run the model on the test sets that came with it, `DIR`/test_data_set_N/input_K.pb, and compare with output_K.pb there"},
		&cli.Float64Flag{Name: "rtol", Value: 1e-3, Usage: "with --test-data: how far from an element of the stored output an element may be, as a fraction of it"},
		&cli.Float64Flag{Name: "atol", Usage: "and how far on top of that (default: 1e-7 and what the model's operators may be off)"},
	}
	return &cli.Command{
		Name: "run", Usage: "run a model and write its outputs, or compare them with its test data",
		ArgsUsage: "MODEL.onnx", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action:       runModel,
	}
}

func runModel(c *cli.Context) error {
	if err := wantArgs(c, "MODEL.onnx"); err != nil {
		return err
	}
	switch {
	case c.IsSet("test-data"):
		return runTests(c)
	case c.IsSet("rtol") || c.IsSet("atol"):
		return errors.New("rtol, atol: want --test-data that they are for")
	case !c.IsSet("input"):
		return errors.New("run: want --input or --test-data")
	}
	outputs, err := convert.Run(c.Context, c.Args().First(), loader(c, c.String("input"), ""), c.Int("threads"))
	if err != nil {
		return err
	}
	r := report.New("run")
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		t := outputs[name]
		r.Outputs = append(r.Outputs, report.Output{Name: name, Type: t.DType().String(), Shape: t.Shape()})
	}
	var reports written
	defer func() { reports.discard() }()
	hear := ready(c, &reports)
	if err := save(c.String("output"), outputs, r.Outputs, func() error { return hear(r) }); err != nil {
		return err
	}
	return showWritten(c, r, reports, func(w io.Writer, r *convert.Report) {
		for _, o := range r.Outputs {
			printf(w, "%s %s%v\n", o.Name, o.Type, graph.ShapeOf(o.Shape...))
		}
	})
}

// save writes each output to a file of its own in the folder dir, all or none, and notes its path; nothing where dir is empty. Before they go
// to their places, it calls ready.
func save(dir string, outputs map[string]*graph.Tensor, reports []report.Output, ready func() error) error {
	if dir == "" {
		return nil
	}
	tidy, err := staging.MkdirAll(dir)
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	defer tidy()
	folder, err := staging.Beside(filepath.Join(dir, "output"))
	if err != nil {
		return fmt.Errorf("output: %s: cannot be written: %w", dir, staging.Pathless(err))
	}
	defer folder.Discard()
	var moves []staging.Move
	taken := map[string]bool{}
	for i := range reports {
		r := &reports[i]
		name := fileName(r.Name)
		for k := 2; taken[name]; k++ { // "a/b" and "a_b"
			name = fmt.Sprintf("%s_%d", fileName(r.Name), k)
		}
		taken[name] = true
		r.Path = filepath.Join(dir, name+".npy")
		write := func(w io.Writer) error { return dataset.WriteNPY(w, outputs[r.Name]) }
		move := staging.Move{Name: fmt.Sprintf("output-%d", i), Target: r.Path}
		if err := folder.Write(move.Name, r.Path, write); err != nil {
			return fmt.Errorf("%s: %w", r.Path, err)
		}
		moves = append(moves, move)
	}
	if err := ready(); err != nil {
		return err
	}
	if err := folder.Place(moves...); err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	return nil
}

// fileName replaces what cannot stand in a file's name.
func fileName(name string) string {
	return strings.NewReplacer("/", "_", "\\", "_", ":", "_").Replace(name)
}
