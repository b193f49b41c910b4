package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// stateFlags returns the flags about models that carry states from call to call.
func stateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "state", Category: inData, DefaultText: "guessed for inputs that the data have nothing for, and printed", Usage: "Carry an output to an input of the next call, `OUT=IN`, from zeros on, so that each sample is a sequence of calls; may be repeated, or none for no states."},
		&cli.IntFlag{Name: "frame", Category: inData, DefaultText: "that of the input", Usage: "Feed `N` samples of a sound in each call of a model with states."},
		&cli.IntFlag{Name: "hop", Category: inData, DefaultText: "the frame", Usage: "Begin each frame `N` samples after the one before."},
	}
}

// stateOptions reads the flags of stateFlags.
func stateOptions(c *cli.Context) (o dataset.StateOptions, err error) {
	for _, f := range []struct {
		name string
		to   *int
	}{{"frame", &o.Frame}, {"hop", &o.Hop}} {
		if *f.to = c.Int(f.name); c.IsSet(f.name) && *f.to < 1 {
			return o, fmt.Errorf("%s: want a positive number of samples, have %d", f.name, *f.to)
		}
	}
	for _, pair := range c.StringSlice("state") {
		out, in, both := strings.Cut(pair, "=")
		switch {
		case pair == "none":
			o.None = true
		case !both || out == "" || in == "":
			return o, fmt.Errorf("state: want OUT=IN, the names of an output and an input, or none, have %q", pair)
		default:
			o.Given = append(o.Given, [2]string{out, in})
		}
	}
	return o, nil
}

// sayCalls says what sequences of calls were taken for, and which states are carried.
func sayCalls(say func(line string, classes []string), w io.Writer, classes []string, c *dataset.Calls) {
	rate, frame, hop, input := c.Rate()
	of := "sequence"
	if rate > 0 {
		of = "sound"
	}
	line := fmt.Sprintf("%s, %s", counted(c.Sequences(), of), counted(c.Count(), "call"))
	if rate > 0 {
		line += fmt.Sprintf(" of %d samples, %d apart, %d samples a second", frame, hop, rate)
	}
	if input != "" {
		line += fmt.Sprintf(", which the input %q gets", input)
	}
	say(line, classes)
	for _, s := range c.States {
		printf(w, "state: %s=%s %v%v, zeros at first (%s)\n", s.Output, s.Input, s.Type, graph.ShapeOf(s.Shape...), s.By)
	}
}
