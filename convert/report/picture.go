package report

import "image"

// Picture is a sample with what the original and the pruned model find in it, in this order. It is for
// pages, and not part of the JSON.
type Picture struct {
	Name          string // of the file, or the number of the sample
	Image         image.Image
	Width, Height int // of the model's input in pixels, which boxes are measured in
	Boxes         [2][]PictureBox
	Masks         [2]image.Image // nil if the task is not to find masks
}

// PictureBox is a thing that a detector found.
type PictureBox struct {
	Left, Top, Right, Bottom float64
	Class                    int
	Score                    float64
}
