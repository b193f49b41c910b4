package picture

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Preprocess says how pictures become inputs. The zero value of a field leaves it open; see
// Preprocess.Over and Preprocess.For.
type Preprocess struct {
	// Height and Width are the extents of the input in pixels.
	Height int `json:"height,omitempty"`
	Width  int `json:"width,omitempty"`
	// Resize says how a picture comes to that size: see Resizes.
	Resize string `json:"resize,omitempty"`
	// Shorter is the length in pixels that the shorter side is resized to before the centre is cropped.
	// CropShare says the same as a share of it: Shorter is the shorter side of the input over CropShare.
	Shorter   int     `json:"shorter,omitempty"`
	CropShare float64 `json:"crop_share,omitempty"`
	// Filter names the filter: see Filters. It is widened where a picture shrinks, so that nothing
	// aliases, except for nearest.
	Filter string `json:"filter,omitempty"`
	// Pad is the value, from 0 to 255, of pixels that no part of the picture covers.
	Pad *float64 `json:"pad,omitempty"`
	// Order names the channels: rgb, bgr or grey.
	Order string `json:"order,omitempty"`
	// Layout is nchw or nhwc.
	Layout string `json:"layout,omitempty"`
	// A value v from 0 to 255 becomes (v*Scale - Mean) / Std. Each has one element, or one for each
	// channel in the order of the input.
	Scale PerChannel `json:"scale,omitempty"`
	Mean  PerChannel `json:"mean,omitempty"`
	Std   PerChannel `json:"std,omitempty"`
}

// PerChannel is one number, or one for each channel. In JSON one number needs no list.
type PerChannel []float64

// UnmarshalJSON reads a number or a list.
func (p *PerChannel) UnmarshalJSON(b []byte) error {
	var one float64
	if json.Unmarshal(b, &one) == nil {
		*p = PerChannel{one}
		return nil
	}
	return json.Unmarshal(b, (*[]float64)(p))
}

// The values of Preprocess.Resize.
const (
	Crop      = "crop"      // the shorter side comes to a length, and the centre is kept
	Squash    = "squash"    // both sides come to the size, whatever that does to the proportions
	Letterbox = "letterbox" // all of the picture in the middle, and Pad beside it
	Corner    = "corner"    // the same, with the picture at the top left
)

// Resizes lists the ways to resize.
func Resizes() []string { return []string{Crop, Squash, Letterbox, Corner} }

// Orders lists the orders of channels.
func Orders() []string { return []string{"rgb", "bgr", "grey"} }

// Layouts lists the layouts of inputs.
func Layouts() []string { return []string{"nchw", "nhwc"} }

// Over returns p with what it leaves open taken from q.
func (p Preprocess) Over(q Preprocess) Preprocess {
	if p.Height == 0 && p.Width == 0 {
		p.Height, p.Width = q.Height, q.Width
	}
	if p.Shorter == 0 && p.CropShare == 0 {
		p.Shorter, p.CropShare = q.Shorter, q.CropShare
	}
	for _, f := range []struct{ to, from *string }{{&p.Resize, &q.Resize}, {&p.Filter, &q.Filter}, {&p.Order, &q.Order}, {&p.Layout, &q.Layout}} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	for _, f := range []struct{ to, from *PerChannel }{{&p.Scale, &q.Scale}, {&p.Mean, &q.Mean}, {&p.Std, &q.Std}} {
		if *f.to == nil {
			*f.to = *f.from
		}
	}
	if p.Pad == nil {
		p.Pad = q.Pad
	}
	return p
}

// Check returns an error if a field has a value that it cannot have.
func (p Preprocess) Check() error {
	if p.Height < 0 || p.Width < 0 || p.Height > mostSide || p.Width > mostSide {
		return fmt.Errorf("size: want 1 to %d pixels a side, have %dx%d", mostSide, p.Height, p.Width)
	}
	if (p.Height == 0) != (p.Width == 0) {
		return fmt.Errorf("size: want height and width, have %dx%d", p.Height, p.Width)
	}
	for _, c := range []struct {
		what, have string
		of         []string
	}{{"resize", p.Resize, Resizes()}, {"filter", p.Filter, Filters()}, {"order", p.Order, Orders()}, {"layout", p.Layout, Layouts()}} {
		if c.have != "" && !slices.Contains(c.of, c.have) {
			return fmt.Errorf("%s: want %s, have %q", c.what, strings.Join(c.of, ", "), c.have)
		}
	}
	if p.Shorter < 0 || p.Shorter > mostSide {
		return fmt.Errorf("shorter: want 1 to %d pixels, have %d", mostSide, p.Shorter)
	}
	if p.CropShare != 0 && !(p.CropShare >= 0.01 && p.CropShare <= 1) {
		return fmt.Errorf("crop_share: want a number from 0.01 to 1, have %v", p.CropShare)
	}
	if (p.Shorter != 0 || p.CropShare != 0) && p.Resize != "" && p.Resize != Crop {
		return fmt.Errorf("shorter: goes with resize %s, have %s", Crop, p.Resize)
	}
	if p.Pad != nil && !(*p.Pad >= 0 && *p.Pad <= 255) {
		return fmt.Errorf("pad: want a number from 0 to 255, have %v", *p.Pad)
	}
	for _, c := range []struct {
		what string
		have []float64
	}{{"scale", p.Scale}, {"mean", p.Mean}, {"std", p.Std}} {
		for _, x := range c.have {
			if math.IsNaN(x) || math.IsInf(x, 0) || c.what == "std" && x == 0 {
				return fmt.Errorf("%s: want finite numbers, std other than 0, have %v", c.what, x)
			}
		}
	}
	return nil
}

// mostSide bounds the sides of inputs.
const mostSide = 1 << 14

// String describes p as people say it.
func (p Preprocess) String() string {
	var s []string
	add := func(layout string, args ...any) { s = append(s, fmt.Sprintf(layout, args...)) }
	switch {
	case p.Resize == Crop && p.Shorter > 0:
		add("shorter side to %d, centre %dx%d", p.Shorter, p.Height, p.Width)
	case p.Resize == Letterbox || p.Resize == Corner:
		add("%s to %dx%d", p.Resize, p.Height, p.Width)
		if p.Pad != nil {
			add("pad %v", *p.Pad)
		}
	default:
		add("%s to %dx%d", p.Resize, p.Height, p.Width)
	}
	add("%s", p.Filter)
	add("%s", p.Order)
	add("%s", p.Layout)
	for _, f := range []struct {
		what string
		v    []float64
	}{{"scale", p.Scale}, {"mean", p.Mean}, {"std", p.Std}} {
		var n []string
		for _, x := range f.v {
			if f.what == "scale" && x == 1.0/255 {
				n = append(n, "1/255")
				continue
			}
			n = append(n, fmt.Sprintf("%.4g", x))
		}
		add("%s %s", f.what, strings.Join(n, " "))
	}
	return strings.Join(s, ", ")
}
