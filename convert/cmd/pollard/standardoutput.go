package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// standard is the name that means the standard output.
const standard = "-"

// result is the file that a command makes. If it goes to the standard output, it is made in a temporary folder first, so that
// nothing is written before the file is complete.
type result struct {
	path   string
	folder *staging.Folder // nil where the path is the user's
}

// resultOf returns the result that --output names. The caller must discard it.
func resultOf(c *cli.Context, name string) (*result, error) {
	path := c.String("output")
	if path != standard {
		return &result{path: path}, nil
	}
	if isTerminal(c.App.Writer) {
		return nil, errors.New("output: the standard output is a terminal: want the name of a file, or a pipe")
	}
	folder, err := staging.Temporary()
	if err != nil {
		return nil, fmt.Errorf("output: %s: cannot be written: %w", os.TempDir(), staging.Pathless(err))
	}
	return &result{path: folder.Path(name), folder: folder}, nil
}

// checkStandardOutput reports flags that cannot share the standard output, or cannot name it.
func checkStandardOutput(c *cli.Context) error {
	var wants []string
	for _, flag := range []string{"json", "html", "output"} {
		if c.String(flag) == standard {
			wants = append(wants, flag)
		}
	}
	if len(wants) > 1 {
		return fmt.Errorf("%s: the standard output is where %s goes", wants[1], wants[0])
	}
	if len(wants) == 0 || wants[0] != "output" {
		return nil
	}
	switch {
	case c.Command.Name == "run" || c.Command.Name == "sweep":
		return errors.New("output: want the name of a folder, have -")
	case c.String("mask") != "":
		return errors.New("mask: want --output with the name of a file beside it, have -")
	}
	return nil
}

// named replaces the temporary path of the result by the name of the standard output.
func (r *result) named(to *string) {
	if r.folder != nil && *to == r.path {
		*to = standard
	}
}

// ready returns a function to call just before the result is put in its place. It names the result in the report and calls next.
func (r *result) ready(next func(*convert.Report) error) func(*convert.Report) error {
	return func(report *convert.Report) error {
		if report.Pruned != nil {
			r.named(&report.Pruned.Path)
		}
		if report.Statistics != nil {
			r.named(&report.Statistics.Path)
		}
		return next(report)
	}
}

// deliver copies the result to the standard output if it goes there and was made.
func (r *result) deliver(stdout io.Writer) error {
	if r.folder == nil {
		return nil
	}
	if _, err := os.Stat(r.path + ".data"); err == nil {
		return errors.New("output: the model is too large for one file: want the name of a file, have -")
	}
	f, err := os.Open(r.path)
	if errors.Is(err, os.ErrNotExist) { // a gate failed
		return nil
	}
	if err == nil {
		_, err = io.Copy(stdout, f)
		f.Close()
	}
	if err != nil {
		return fmt.Errorf("output: the standard output: %w", staging.Pathless(err))
	}
	return nil
}

// discard removes the temporary folder.
func (r *result) discard() {
	if r.folder != nil {
		r.folder.Discard()
	}
}

// people returns where a command prints its summary: the standard output, unless something else goes there.
func people(c *cli.Context) io.Writer {
	switch {
	case c.Bool("quiet") || c.String("json") == standard || c.String("html") == standard:
		return io.Discard
	case c.String("output") == standard:
		return c.App.ErrWriter
	}
	return c.App.Writer
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
