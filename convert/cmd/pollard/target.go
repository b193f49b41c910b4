package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/passes/target"
)

// targetFlag returns the flag that says where the model will run.
func targetFlag() cli.Flag {
	return &cli.StringFlag{Name: "target", Category: inBudget, DefaultText: target.Portable,
		Usage: "`NAME`: Cut to widths that are fast on " + oneOf("target") + ", or as a JSON file of that name says."}
}

// targetOf reads --target: the name of a target or a file. The zero Target stands for no flag.
func targetOf(c *cli.Context) (target.Target, error) {
	name := c.String("target")
	switch {
	case name == "":
		return target.Target{}, nil
	case c.IsSet("round-to"):
		return target.Target{}, errors.New("want --target or --round-to, have both")
	case slices.Contains(target.Names(), name):
		return target.Lookup(name)
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return target.Lookup(name)
	}
	if err != nil {
		return target.Target{}, fmt.Errorf("target: %w", err)
	}
	t, err := target.Parse(text)
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}
