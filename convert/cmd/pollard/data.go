package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// dataFlags returns the flags that say how stored numbers and pictures become inputs.
func dataFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "scale", Category: inData, DefaultText: "1/255 for IDX images and pictures, else 1", Usage: "Multiply every stored value by `X` first; one number, or one for each channel with commas between, as in the next two."},
		&cli.StringFlag{Name: "mean", Category: inData, DefaultText: "0", Usage: "Then subtract `X` from every value."},
		&cli.StringFlag{Name: "std", Category: inData, DefaultText: "1", Usage: "Then divide every value by `X`."},
	}, joinFlags(pictureFlags(), textFlags(), stateFlags())...)
}

// dataOptions reads the flags of dataFlags.
func dataOptions(c *cli.Context) (o dataset.Options, err error) {
	for _, f := range []struct {
		name  string
		one   *float64
		each  *[]float64
		other *dataset.PerChannel
	}{
		{"scale", &o.Scale, &o.Scales, &o.Pictures.Preprocess.Scale}, {"mean", &o.Mean, &o.Means, &o.Pictures.Preprocess.Mean},
		{"std", &o.Std, &o.Stds, &o.Pictures.Preprocess.Std},
	} {
		if !c.IsSet(f.name) {
			continue
		}
		v, err := perChannel(c.String(f.name))
		if err == nil && f.name == "std" && slices.Contains(v, 0) {
			err = fmt.Errorf("want a number other than 0")
		}
		if err != nil {
			return o, fmt.Errorf("%s: %w", f.name, err)
		}
		if *f.other = v; len(v) == 1 {
			*f.one = v[0]
		} else {
			*f.each = v
		}
	}
	if o.Std == 0 {
		o.Std = 1
	}
	if o.Text, err = textOptions(c); err != nil {
		return o, err
	}
	if o.States, err = stateOptions(c); err != nil {
		return o, err
	}
	err = pictureOptions(c, &o.Pictures)
	return o, err
}

// mostChannels catches typing errors.
const mostChannels = 4096

// perChannel parses numbers with commas between.
func perChannel(text string) (all []float64, err error) {
	for _, part := range strings.Split(text, ",") {
		x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || len(all) == mostChannels {
			return nil, fmt.Errorf("want a number, or one for each channel with commas between, have %q", text)
		}
		all = append(all, x)
	}
	return all, nil
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

// operatorFlag returns the flag that describes operators.
func operatorFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "operator", Category: inData, Usage: "Read from `FILE`, in JSON, what shape and which coupling operators have that nobody else knows; may be repeated."}
}

// describeOperators reads the files of --operator.
func describeOperators(c *cli.Context) error {
	for _, path := range c.StringSlice("operator") {
		if err := convert.DescribeOperators(path); err != nil {
			return fmt.Errorf("operator: %w", err)
		}
	}
	return nil
}

// setFlag returns the flag that makes constants of inputs.
func setFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "set", Category: inData, Usage: "Make an input the constant `INPUT=VALUE`, such as a sample rate, and fold what depends on it; may be repeated."}
}

func setOf(c *cli.Context) (map[string]string, error) {
	var out map[string]string
	last := ""
	for _, s := range c.StringSlice("set") {
		name, value, ok := strings.Cut(s, "=")
		switch { // the library cuts at commas, which stand between elements here
		case !ok && last != "":
			out[last] += "," + s
			continue
		case !ok || name == "":
			return nil, fmt.Errorf("set: want INPUT=VALUE, have %q", s)
		case out[name] != "":
			return nil, fmt.Errorf("set: input %q is set twice", name)
		case out == nil:
			out = map[string]string{}
		}
		out[name], last = value, name
	}
	return out, nil
}

// dataSources are the flags that name samples.
var dataSources = []string{"input", "data", "calibration", "eval"}

// checkDataFlags refuses flags about data where there are none: what was meant would not happen.
func checkDataFlags(c *cli.Context) error {
	takes := slices.ContainsFunc(c.Command.Flags, func(f cli.Flag) bool { return slices.Contains(dataSources, f.Names()[0]) }) // not the command data, which has an argument for it
	if takes && slices.ContainsFunc(dataSources, c.IsSet) {
		return checkTextFlags(c, slices.Concat(dataSources, []string{"pairs"}))
	}
	if !takes {
		return nil
	}
	for _, f := range dataFlags() {
		if name := f.Names()[0]; c.IsSet(name) && !(c.Command.Name == "calibrate" && c.Bool("merge")) {
			return fmt.Errorf("%s: want data that it is for", name)
		}
	}
	return nil
}

// loader returns a function that opens the file or the folder at path, and labels in a second file
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
		opt.States.Outputs = m.Graph.Outputs
		d, err := dataset.OpenData(path, labels, opt, m.Graph.Inputs)
		if err != nil {
			return nil, err
		}
		sayTaken(c, path, labels, d)
		return convert.Carry(c.Context, m, d, c.Int("threads"))
	}
}

// unlabelled is loader for samples whose labels do not matter and may be of any form: the sub-folders
// of a folder are no classes then, and need not be those of the model.
func unlabelled(c *cli.Context, path string) func(*graph.Model) (*convert.Data, error) {
	if path == "" {
		return nil
	}
	return func(m *graph.Model) (*convert.Data, error) {
		opt, err := dataOptions(c)
		if err != nil {
			return nil, err
		}
		opt.States.Outputs = m.Graph.Outputs
		d, err := dataset.OpenSamples(path, opt, m.Graph.Inputs)
		if err != nil {
			return nil, err
		}
		sayTaken(c, path, "", d)
		return convert.Carry(c.Context, m, d, c.Int("threads"))
	}
}
