package report

import "github.com/pollard-dev/pollard/convert/dataset"

// Folder says what was taken from a folder of pictures or sounds.
type Folder struct {
	// For is what it was read for: calibration, eval or data.
	For string `json:"for"`
	// Of is pictures or sounds.
	Of      string `json:"of"`
	Samples int    `json:"samples"`
	// Classes lists the sub-folders whose positions are the labels; absent where they are no classes.
	Classes []string `json:"classes,omitempty"`
	// LeftOut lists the files that could not be decoded, and why.
	LeftOut []string `json:"left_out,omitempty"`
}

// Preprocess says how pictures became inputs: (v*scale - mean) / std of values from 0 to 255.
type Preprocess struct {
	dataset.Preprocess
	// Guessed lists the fields that nobody gave.
	Guessed []string `json:"guessed"`
}
