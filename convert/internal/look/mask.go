package look

import (
	"image"
	"image/color"
	"math"
)

// Mask returns the classes of pixels, row by row, as colours, the first one as nothing. The image has at
// most most pixels a side, as one of Image.
func Mask(classes []int, height, width, most int) image.Image {
	step := max(1, (max(height, width)+most-1)/most)
	img := image.NewNRGBA(image.Rect(0, 0, (width+step-1)/step, (height+step-1)/step))
	for y := 0; y < height; y += step {
		for x := 0; x < width; x += step {
			img.SetNRGBA(x/step, y/step, classColour(classes[y*width+x]))
		}
	}
	return img
}

// classColour returns a colour that is unlike those of the classes before it: hues a golden angle apart.
func classColour(class int) color.NRGBA {
	if class == 0 {
		return color.NRGBA{}
	}
	const golden = 0.3819660112501051 // of a turn
	hue := math.Mod(float64(class)*golden, 1) * 6
	part := func(shift float64) byte {
		k := math.Mod(shift+hue, 6)
		return byte(math.Round(255 * (0.95 - 0.75*max(0, min(k, 4-k, 1)))))
	}
	return color.NRGBA{part(5), part(3), part(1), 255}
}
