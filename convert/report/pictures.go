package report

import "github.com/pollard-dev/pollard/convert/dataset"

// Pictures says what was taken from a folder of pictures.
type Pictures struct {
	// For is what they were read for: calibration, eval or data.
	For     string `json:"for"`
	Samples int    `json:"samples"`
	// Classes lists the sub-folders whose positions are the labels; absent where they are no classes.
	Classes []string `json:"classes,omitempty"`
	// LeftOut lists the pictures that could not be decoded, and why.
	LeftOut []string `json:"left_out,omitempty"`
}

// Preprocess says how pictures became inputs: (v*scale - mean) / std of values from 0 to 255.
type Preprocess struct {
	dataset.Preprocess
	// Guessed lists the fields that nobody gave.
	Guessed []string `json:"guessed"`
}
