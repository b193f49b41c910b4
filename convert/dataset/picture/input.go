package picture

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// For returns p complete for the input v, of rank 4, and the names of what had to be guessed.
//
// The input says layout, channels and size as far as its type has them. What neither it nor p says is
// guessed: both sides are squashed to the size with the bilinear filter, channels are red, green and
// blue, and numbers are scaled to 0 to 1, or left as they are where the input takes whole numbers.
func (p Preprocess) For(v *graph.Value) (_ Preprocess, guessed []string, err error) {
	if err := p.Check(); err != nil {
		return p, nil, err
	}
	shape := v.Type.Shape
	if len(shape) != 4 {
		return p, nil, fmt.Errorf("want an input of rank 4 for pictures, have %v", v.Type)
	}
	channels, err := p.place(shape)
	if err != nil {
		return p, nil, err
	}
	guess := func(open bool, what string) bool {
		if open {
			guessed = append(guessed, what)
		}
		return open
	}
	if p.Order == "" {
		p.Order = "grey"
		if guess(channels == 3, "order") {
			p.Order = "rgb"
		}
	}
	if want := p.Channels(); want != channels {
		return p, nil, fmt.Errorf("pictures are %s, of %s, and the input %v has %d", p.Order, channelCount(want), v.Type, channels)
	}
	if guess(p.Resize == "" && p.Shorter == 0 && p.CropShare == 0, "resize") {
		p.Resize = Squash
	}
	if p.Resize == "" {
		p.Resize = Crop
	}
	if p.Resize == Crop && p.Shorter == 0 {
		share := p.CropShare
		if share == 0 {
			share = 1
		}
		p.Shorter = int(float64(min(p.Height, p.Width)) / share)
	}
	if p.CropShare = 0; p.Resize != Crop {
		p.Shorter = 0
	}
	if guess(p.Filter == "", "filter") {
		p.Filter = "bilinear"
	}
	if p.Pad == nil {
		p.Pad = new(float64)
	}
	if guess(p.Scale == nil, "scale") {
		if p.Scale = unit(); !v.Type.DType.IsFloat() && v.Type.DType != graph.Undefined {
			p.Scale = []float64{1}
		}
		for _, m := range p.Mean {
			if p.Scale[0] != 1 && math.Abs(m) > 2 {
				return p, nil, fmt.Errorf("mean %v: without a scale, numbers are scaled to 0 to 1 first; want scale 1 with a mean of numbers from 0 to 255", m)
			}
		}
	}
	if guess(p.Mean == nil, "mean") {
		p.Mean = []float64{0}
	}
	if guess(p.Std == nil, "std") {
		p.Std = []float64{1}
	}
	for _, f := range []struct {
		what string
		have []float64
	}{{"scale", p.Scale}, {"mean", p.Mean}, {"std", p.Std}} {
		if n := len(f.have); n != 1 && n != channels {
			return p, nil, fmt.Errorf("%s: want one number or %d, one for each channel, have %d", f.what, channels, n)
		}
	}
	return p, guessed, nil
}

// place finds the axes of channels, height and width in the shape of an input, and returns the
// number of channels.
func (p *Preprocess) place(shape graph.Shape) (channels int, err error) {
	colours := func(axis int) int {
		if n, known := shape[axis].Value(); known {
			return n
		}
		return 0
	}
	fits := func(n int) bool { return n == 1 || n == 3 }
	first, last := colours(1), colours(3)
	if p.Layout == "" {
		p.Layout = "nchw"
		if !fits(first) && fits(last) {
			p.Layout = "nhwc"
		}
	}
	height, width := shape[2], shape[3]
	if channels = first; p.Layout == "nhwc" {
		channels, height, width = last, shape[1], shape[2]
	}
	if channels == 0 {
		if channels = 3; p.Order == "grey" {
			channels = 1
		}
	}
	if !fits(channels) {
		return 0, fmt.Errorf("want an input with 1 or 3 channels for pictures, have %v", shape)
	}
	for _, side := range []struct {
		of   graph.Dim
		to   *int
		what string
	}{{height, &p.Height, "height"}, {width, &p.Width, "width"}} {
		n, known := side.of.Value()
		switch {
		case known && *side.to == 0:
			*side.to = n
		case known && n != *side.to:
			return 0, fmt.Errorf("the input has a %s of %d, and the preprocessing makes %d", side.what, n, *side.to)
		case !known && *side.to == 0:
			return 0, fmt.Errorf("the %s of the input %v is open: want a size, as in --size 224", side.what, shape)
		}
	}
	if p.Height < 1 || p.Width < 1 || p.Height > mostSide || p.Width > mostSide {
		return 0, fmt.Errorf("want an input of 1 to %d pixels a side, have %dx%d", mostSide, p.Height, p.Width)
	}
	return channels, nil
}

func channelCount(n int) string {
	if n == 1 {
		return "1 channel"
	}
	return fmt.Sprintf("%d channels", n)
}

// Channels returns the number of channels.
func (p Preprocess) Channels() int {
	if p.Order == "grey" {
		return 1
	}
	return 3
}
