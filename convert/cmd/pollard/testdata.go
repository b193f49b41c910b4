package main

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

// runTests implements run --test-data. A difference fails the command as a gate does.
func runTests(c *cli.Context) error {
	for _, other := range []string{"input", "output", "mean", "std", "scale"} {
		if c.IsSet(other) {
			return fmt.Errorf("test-data: the test sets have inputs and outputs: want no --%s", other)
		}
	}
	if c.String("test-data") == "" {
		return errors.New("test-data: want the name of a folder, have none")
	}
	tolerance, err := testTolerance(c)
	if err != nil {
		return err
	}
	r, err := convert.RunTests(c.Context, c.Args().First(), c.String("test-data"), tolerance, c.Int("threads"))
	if shown := show(c, r, printTests); shown != nil && err == nil {
		err = shown
	}
	return err
}

// testTolerance reads --rtol and --atol.
func testTolerance(c *cli.Context) (convert.Tolerance, error) {
	var t convert.Tolerance
	for name, to := range map[string]**float64{"rtol": &t.Rel, "atol": &t.Abs} {
		v := c.Float64(name)
		if !c.IsSet(name) {
			continue
		}
		if !(v >= 0) || math.IsInf(v, 1) {
			return t, fmt.Errorf("%s: want a number from 0, have %v", name, v)
		}
		*to = &v
	}
	return t, nil
}

func printTests(w io.Writer, r *convert.Report) {
	for _, s := range r.Tests.Sets {
		if s.Passed {
			printf(w, "%s: pass, %d outputs within %.3g + %.3g |want|\n", s.Name, s.Outputs, r.Tests.Atol, r.Tests.Rtol)
			continue
		}
		printf(w, "%s\n", s.Mismatch)
	}
}
