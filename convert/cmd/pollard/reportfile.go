package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/html"
	"github.com/pollard-dev/pollard/graph/memory"
)

// checkFlags looks at the flags every command has before any work is done: a
// report that cannot be written must not be noticed after an hour.
func checkFlags(c *cli.Context) error {
	if n := c.Int("threads"); n < 0 {
		return fmt.Errorf("threads: want 0 or more, have %d", n)
	}
	if err := limitMemory(c); err != nil {
		return err
	}
	for _, flag := range reportFlags {
		if err := checkReport(c, flag); err != nil {
			return err
		}
	}
	if c.String("json") == "-" && c.String("html") == "-" {
		return errors.New("html: the standard output is where json goes")
	}
	return nil
}

// limitMemory makes --max-memory the limit of the process, which what this command reads and makes is held against.
func limitMemory(c *cli.Context) error {
	limit, err := memory.Parse(c.String("max-memory"))
	if err != nil {
		return fmt.Errorf("max-memory: %w", err)
	}
	if c.IsSet("max-memory") && limit == 0 {
		return errors.New("max-memory: want a size as in 4GiB or 500MB, have none")
	}
	memory.SetLimit(limit)
	return nil
}

// reportFlags say where the report goes besides the terminal.
var reportFlags = []string{"json", "html"}

// checkReport looks at the place that a flag names.
func checkReport(c *cli.Context, flag string) error {
	path := c.String(flag)
	if path == "-" || !c.IsSet(flag) {
		return nil
	}
	if path == "" {
		return errors.New(flag + ": want the name of a file or -, have none")
	}
	others := c.Args().Slice()
	for _, other := range append([]string{"output", "input", "data", "labels", "calibration", "eval", "statistics", "initial", "rewind", "mask"}, reportFlags...) {
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
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".pollard-")
	if err != nil {
		return fmt.Errorf("%s: %s cannot be written: %w", flag, path, pathless(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// sameFile reports whether both paths lead to one file, or will.
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

// writeReports writes the report where --json and --html say.
func writeReports(c *cli.Context, r *convert.Report) error {
	page := html.Page{Report: r}
	page.Arguments, _ = c.App.Metadata[argumentsKey].([]string)
	return errors.Join(writeReport(c, "json", r.WriteJSON), writeReport(c, "html", page.Write))
}

// writeReport writes where the flag says: a file is whole or not there.
func writeReport(c *cli.Context, flag string, write func(io.Writer) error) error {
	path := c.String(flag)
	switch path {
	case "":
		return nil
	case "-":
		return write(c.App.Writer)
	}
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return fmt.Errorf("%s: %w", flag, err)
			}
			return errors.Join(write(f), f.Close())
		}
		if path, err = filepath.EvalSymlinks(path); err != nil { // the file changes, not what leads there
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	temp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(path), os.Getpid()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	defer os.Remove(temp) // nothing is there any more when all went well
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return os.Rename(temp, path)
}

// pathless takes the path out of an error of package os, for the caller puts one in front.
func pathless(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
