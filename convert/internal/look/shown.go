package look

import (
	"image"
	"image/color"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// Image returns sample i of an input with an axis of channels as an image: from gives for each channel
// the number that is black, to the one that is white. bgr turns channels round. The image has at most
// most pixels a side: pixels are left out, none are mixed, so that what is seen is what is there.
func Image(t *graph.Tensor, i int, from, to []float64, bgr bool, most int) image.Image {
	dims := t.Shape()
	axis := Axis(dims)
	height, width, channels := dims[2], dims[3], dims[1]
	if axis == 3 {
		height, width, channels = dims[1], dims[2], dims[3]
	}
	step := max(1, (max(height, width)+most-1)/most)
	one, err := t.Select([]int{i})
	if err != nil {
		return nil
	}
	values, ok := graph.Floats(one)
	if !ok {
		return nil
	}
	img := image.NewNRGBA(image.Rect(0, 0, (width+step-1)/step, (height+step-1)/step))
	for y := 0; y < height; y += step {
		for x := 0; x < width; x += step {
			var c [3]byte
			for k := range c {
				from1 := k % channels
				at := (from1*height+y)*width + x
				if axis == 3 {
					at = (y*width+x)*channels + from1
				}
				v := (values[at] - from[from1]) / (to[from1] - from[from1])
				c[k] = byte(math.Round(255 * max(0, min(1, v))))
			}
			if bgr {
				c[0], c[2] = c[2], c[0]
			}
			img.SetNRGBA(x/step, y/step, color.NRGBA{c[0], c[1], c[2], 255})
		}
	}
	return img
}
