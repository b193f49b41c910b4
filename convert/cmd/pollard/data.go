package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// dataFlags returns the flags that say how stored numbers become inputs.
func dataFlags() []cli.Flag {
	return []cli.Flag{
		&cli.Float64Flag{Name: "scale", Category: inData, DefaultText: "1/255 for IDX images, else 1", Usage: "Multiply every stored value by `X` first."},
		&cli.Float64Flag{Name: "mean", Category: inData, DefaultText: "0", Usage: "Then subtract `X` from every value."},
		&cli.Float64Flag{Name: "std", Category: inData, Value: 1, Usage: "Then divide every value by `X`."},
	}
}

// dataOptions reads the flags of dataFlags.
func dataOptions(c *cli.Context) (dataset.Options, error) {
	if std := c.Float64("std"); std == 0 {
		return dataset.Options{}, fmt.Errorf("std: want a number other than 0")
	}
	return dataset.Options{Mean: c.Float64("mean"), Std: c.Float64("std"), Scale: c.Float64("scale")}, nil
}

// dimFlag returns the flag that sets the extents of symbolic dimensions.
func dimFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "dim", Category: inData, DefaultText: "1, or the smallest power of two that the model accepts", Usage: "Count a symbolic dimension as `NAME=N` in costs and synthetic inputs; may be repeated."}
}

func dims(c *cli.Context) (map[string]int, error) {
	out := map[string]int{}
	for _, d := range c.StringSlice("dim") {
		name, value, ok := strings.Cut(d, "=")
		n, err := strconv.Atoi(value)
		if !ok || name == "" || err != nil || n < 1 {
			return nil, fmt.Errorf("dim: want NAME=N with a positive N, have %q", d)
		}
		out[name] = n
	}
	return out, nil
}

// loader returns a function that opens the file at path, and labels in a second file
// if there is one, for a model's inputs. It returns nil if path is empty.
func loader(c *cli.Context, path, labels string) func(*graph.Model) (*convert.Data, error) {
	if path == "" {
		return nil
	}
	return func(m *graph.Model) (*convert.Data, error) {
		opt, err := dataOptions(c)
		if err != nil {
			return nil, err
		}
		return dataset.OpenData(path, labels, opt, m.Graph.Inputs)
	}
}
