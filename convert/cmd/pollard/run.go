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
	own := []cli.Flag{
		&cli.StringFlag{Name: "input", Category: inData, Usage: "Read the model's inputs from `FILE`: .npy, .npz, IDX or text, or a folder of pictures."},
		&cli.StringFlag{Name: "test-data", Category: inData, Usage: "Run the test sets that came with the model, `DIR`/test_data_set_N/input_K.pb, and compare with output_K.pb there."},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: inOutput, Usage: "Write each output to `DIR`/NAME.npy."},
		&cli.Float64Flag{Name: "rtol", Category: inGates, Value: 1e-3, Usage: "With --test-data, allow an element to differ by `X` times its expected value."},
		&cli.Float64Flag{Name: "atol", Category: inGates, DefaultText: "1e-7 plus the tolerance of the model's operators", Usage: "With --test-data, allow an element to differ by `X` on top of that."},
	}
	return &cli.Command{
		Name: "run", Usage: "run a model and write its outputs, or compare them with its test data",
		ArgsUsage: "MODEL.onnx", Description: runDescription, Flags: commonFlags(joinFlags(own, dataFlags())...),
		Action: runModel,
	}
}

const runDescription = `Run a model in the built-in runtime and write its outputs, or check it against the test data that it was published with.

    pollard run model.onnx --input x.npy -o outputs
    pollard run model.onnx --test-data .`

func runModel(c *cli.Context) error {
	if err := wantArgs(c, "MODEL.onnx"); err != nil {
		return err
	}
	switch {
	case c.IsSet("test-data"):
		return runTests(c)
	case c.IsSet("rtol") || c.IsSet("atol"):
		return errors.New("rtol, atol: want --test-data, which they are for")
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

// save writes each output to a file in the folder dir, all or none, and enters its path in the report. It calls ready before the
// files go to their places. If dir is empty it does nothing.
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

// fileName replaces characters that cannot appear in the name of a file.
func fileName(name string) string {
	return strings.NewReplacer("/", "_", "\\", "_", ":", "_").Replace(name)
}
