package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/html"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph/memory"
)

// checkFlags checks the common flags before any work is done, so that a report that cannot
// be written is not found out after an hour.
func checkFlags(c *cli.Context) error {
	if err := checkRequired(c); err != nil {
		return err
	}
	switch n := c.Int("threads"); {
	case n < 0:
		return fmt.Errorf("threads: want 0 or more, have %d", n)
	case n > mostThreads:
		return fmt.Errorf("threads: want at most %d, have %d", mostThreads, n)
	}
	if err := limitMemory(c); err != nil {
		return err
	}
	for _, flag := range inputFlags {
		if c.IsSet(flag) && c.String(flag) == "" { // a variable of a script that is empty, not a wish for made-up inputs
			return fmt.Errorf("%s: want the name of a file, have none", flag)
		}
	}
	if err := checkDataFlags(c); err != nil {
		return err
	}
	for _, flag := range reportFlags {
		if err := checkReport(c, flag); err != nil {
			return err
		}
	}
	return checkStandardOutput(c)
}

// limitMemory makes --max-memory the limit for what the process reads and allocates.
func limitMemory(c *cli.Context) error {
	limit, err := memory.Parse(c.String("max-memory"))
	if err != nil {
		return fmt.Errorf("max-memory: %w", err)
	}
	if c.IsSet("max-memory") && limit == 0 {
		return errors.New("max-memory: want a size as in 4GiB or 500MB, have none")
	}
	memory.SetLimit(limit)
	if bound := learningMemory(c); learns(c.Command) && os.Getenv("GOMEMLIMIT") == "" {
		// Garbage is collected sooner where the heap would grow beyond what learning may take, the model
		// as read and as cut, and their packed weights.
		debug.SetMemoryLimit(bound + bound/2 + 6*weightBytes(c.Args().First()))
	}
	return nil
}

// learns reports whether a command learns from samples.
func learns(c *cli.Command) bool {
	return slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), "effort") })
}

// learningMemory returns the bytes that learning may take: half of --max-memory, or the default.
func learningMemory(c *cli.Context) int64 {
	if limit, err := memory.Parse(c.String("max-memory")); err == nil && limit > 0 {
		return max(1, int64(limit)/2)
	}
	return convert.DefaultMemory
}

// weightBytes returns the bytes of a model's initializers, in its file or outside, and 0 if it cannot
// be read; the command will say so.
func weightBytes(path string) (bytes int64) {
	f, err := onnx.Read(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	for _, v := range f.Model.Graph.Initializers {
		bytes += v.Const.Bytes()
	}
	return bytes
}

// mostThreads is more than any machine has processors. It is checked because each thread allocates memory of its own.
const mostThreads = 4096

// inputFlags are the flags that name files to read.
var inputFlags = []string{"input", "data", "labels", "calibration", "eval", "statistics", "initial", "rewind", "detection", "pairs", "preprocess"}

// reportFlags are the flags that name files to write reports to.
var reportFlags = []string{"json", "html"}

// checkReport checks that the report of a flag can be written.
func checkReport(c *cli.Context, flag string) error {
	path := c.String(flag)
	if path == standard || !c.IsSet(flag) {
		return nil
	}
	if path == "" {
		return errors.New(flag + ": want the name of a file or -, have none")
	}
	others := c.Args().Slice()
	for _, other := range slices.Concat([]string{"output", "mask"}, inputFlags, reportFlags) {
		if other != flag {
			others = append(others, c.String(other))
		}
	}
	for _, other := range others {
		if sameFile(path, other) {
			return fmt.Errorf("%s: %s is also another file of this command and would be overwritten", flag, path)
		}
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s: %s is a folder", flag, path)
	case err == nil && !info.Mode().IsRegular():
		return nil // a pipe or a device is written to as it is
	case err != nil && !errors.Is(err, fs.ErrNotExist): // a name that is too long, above all
		return fmt.Errorf("%s: %s cannot be written: %w", flag, path, staging.Pathless(err))
	}
	f, err := staging.Beside(path)
	if err != nil {
		return fmt.Errorf("%s: %s cannot be written: %w", flag, path, staging.Pathless(err))
	}
	return f.Discard()
}

// sameFile reports whether both paths lead to the same file, which need not exist.
func sameFile(a, b string) bool {
	if b == "" {
		return false
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y)
	}
	p, errP := filepath.Abs(a)
	q, errQ := filepath.Abs(b)
	return errP == nil && errQ == nil && p == q
}

// written holds reports that are complete but not in their places yet.
type written []*writtenReport

// writtenReport is one such report.
type writtenReport struct {
	flag, path string
	folder     *staging.Folder // that the file lies in
	text       []byte          // of what goes to the standard output, a pipe or a device, until it went there
}

// reportName is the name of the file in the folder.
const reportName = "report"

// writeReports writes the report in the forms that --json and --html ask for.
func writeReports(c *cli.Context, r *convert.Report) (written, error) {
	page := html.Page{Report: r}
	page.Arguments, _ = c.App.Metadata[argumentsKey].([]string)
	return writeEach(c, r.WriteJSON, page.Write)
}

// ready returns a function that writes the reports, for showWritten, just before a command puts its results in their places.
func ready(c *cli.Context, reports *written) func(*convert.Report) error {
	return func(r *convert.Report) (err error) {
		if *reports, err = writeReports(c, r); err != nil {
			return err
		}
		return reports.say(c.App.Writer)
	}
}

// writeEach writes a report in both forms.
func writeEach(c *cli.Context, asJSON, asHTML func(io.Writer) error) (written, error) {
	var all written
	for _, form := range []struct {
		flag  string
		write func(io.Writer) error
	}{{"json", func(w io.Writer) error { return asJSON(format.JSON(w)) }}, {"html", asHTML}} {
		path := c.String(form.flag)
		if path == "" {
			continue
		}
		w := &writtenReport{flag: form.flag, path: path}
		all = append(all, w)
		if err := w.fill(form.write); err != nil {
			all.discard()
			return nil, fmt.Errorf("%s: %w", form.flag, err)
		}
	}
	return all, nil
}

// fill writes the report to a file beside its place, or to memory if it goes to a stream.
func (w *writtenReport) fill(write func(io.Writer) error) error {
	if info, err := os.Stat(w.path); w.path == standard || err == nil && !info.Mode().IsRegular() {
		var b bytes.Buffer
		err := write(&b)
		w.text = b.Bytes()
		return err
	} else if err == nil { // the file changes, not what leads there
		if w.path, err = filepath.EvalSymlinks(w.path); err != nil {
			return err
		}
	}
	var err error
	if w.folder, err = staging.Beside(w.path); err != nil {
		return fmt.Errorf("%s: cannot be written: %w", w.path, staging.Pathless(err))
	}
	if err := w.folder.Write(reportName, w.path, write); err != nil {
		return fmt.Errorf("%s: %w", w.path, err)
	}
	return nil
}

// say writes the reports that go to the standard output, a pipe or a device. They cannot be taken back, so they are
// written before any file is put in its place.
func (all written) say(stdout io.Writer) error {
	var errs []error
	for _, w := range all {
		if err := w.say(stdout); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", w.flag, err))
		}
	}
	return errors.Join(errs...)
}

func (w *writtenReport) say(stdout io.Writer) error {
	text := w.text
	w.text = nil
	if w.folder != nil || text == nil {
		return nil
	}
	if w.path == standard {
		if _, err := stdout.Write(text); err != nil {
			return fmt.Errorf("the standard output: %w", staging.Pathless(err))
		}
		return nil
	}
	f, err := os.OpenFile(w.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// place puts the other reports in their places.
func (all written) place() error {
	defer all.discard()
	var errs []error
	for _, w := range all {
		if w.folder == nil {
			continue
		}
		if err := w.folder.Place(staging.Move{Name: reportName, Target: w.path}); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", w.flag, err))
		}
	}
	return errors.Join(errs...)
}

// deliver delivers all reports. If one cannot be written, it puts no file in its place.
func (all written) deliver(stdout io.Writer) error {
	defer all.discard()
	if err := all.say(stdout); err != nil {
		return err
	}
	return all.place()
}

// discard removes the files that are not in their places.
func (all written) discard() {
	for _, w := range all {
		if w.folder != nil {
			w.folder.Discard()
		}
	}
}
