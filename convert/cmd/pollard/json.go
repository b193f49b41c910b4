package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"
)

// checkFlags looks at the flags every command has before any work is done: a
// report that cannot be written must not be noticed after an hour.
func checkFlags(c *cli.Context) error {
	if n := c.Int("threads"); n < 0 {
		return fmt.Errorf("threads: want 0 or more, have %d", n)
	}
	path := c.String("json")
	if path == "-" || !c.IsSet("json") {
		return nil
	}
	if path == "" {
		return errors.New("json: want the name of a file or -, have none")
	}
	others := c.Args().Slice()
	for _, flag := range []string{"output", "input", "data", "labels", "calibration", "eval", "statistics", "initial", "rewind", "mask"} {
		others = append(others, c.String(flag))
	}
	for _, other := range others {
		if sameFile(path, other) {
			return fmt.Errorf("json: %s is also another file of this command and would be overwritten", path)
		}
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("json: %s is a folder", path)
	case err == nil && !info.Mode().IsRegular():
		return nil // a pipe or a device is written to as it is
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".pollard-")
	if err != nil {
		return fmt.Errorf("json: %s cannot be written: %w", path, pathless(err))
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

// writeJSON writes the report where --json says: a file is whole or not there.
func writeJSON(c *cli.Context, r interface{ WriteJSON(io.Writer) error }) error {
	path := c.String("json")
	switch path {
	case "":
		return nil
	case "-":
		return r.WriteJSON(c.App.Writer)
	}
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return fmt.Errorf("json: %w", err)
			}
			return errors.Join(r.WriteJSON(f), f.Close())
		}
		if path, err = filepath.EvalSymlinks(path); err != nil { // the file changes, not what leads there
			return fmt.Errorf("json: %w", err)
		}
	}
	temp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(path), os.Getpid()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("json: %w", err)
	}
	defer os.Remove(temp) // nothing is there any more when all went well
	if err := errors.Join(r.WriteJSON(f), f.Close()); err != nil {
		return fmt.Errorf("json: %w", err)
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
