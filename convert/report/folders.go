package report

import "github.com/pollard-dev/pollard/convert/dataset"

// Folder says what was taken from a folder of pictures or sounds, or from a file of text.
type Folder struct {
	// For is what it was read for: calibration, eval or data.
	For string `json:"for"`
	// Of is pictures, sounds, sentences, rows or arrays.
	Of      string `json:"of"`
	Samples int    `json:"samples"`
	// Classes lists the sub-folders whose positions are the labels; absent where they are no classes.
	Classes []string `json:"classes,omitempty"`
	// LeftOut lists the files that could not be decoded, and why.
	LeftOut []string `json:"left_out,omitempty"`
	// Text says how sentences became tokens; absent for anything else.
	Text *Text `json:"text,omitempty"`
	// Columns lists the columns of an Arrow file that were read, Padded is the number of lists that were continued
	// with zeros, to Length elements.
	Columns []string `json:"columns,omitempty"`
	Padded  int      `json:"padded,omitempty"`
	Length  int      `json:"length,omitempty"`
	// Sequences is the number of sequences of calls of a model with states, whose samples are the calls;
	// absent for others.
	Sequences int `json:"sequences,omitempty"`
	// States lists what is carried from call to call.
	States []State `json:"states,omitempty"`
	// Rate is the number of samples of a sound a second, Frame those of a call, and Hop how far calls are apart.
	Rate  int `json:"rate,omitempty"`
	Frame int `json:"frame,omitempty"`
	Hop   int `json:"hop,omitempty"`
}

// State is an output that becomes an input of the next call.
type State struct {
	Output string `json:"output"`
	Input  string `json:"input"`
	// Shape is what it has, zeros before the first call.
	Shape []int `json:"shape"`
	// By says whether it was given, or guessed by names or by shapes.
	By string `json:"by"`
}

// Text says how sentences became tokens.
type Text struct {
	// Tokenizer is the path of the tokenizer.json, and Model the type of the model in it.
	Tokenizer string `json:"tokenizer"`
	Model     string `json:"model"`
	// Length is the number of tokens of each sample, and From says where that is from.
	Length int    `json:"length"`
	From   string `json:"from"`
	// Padding is the token that fills what is left of it.
	Padding int `json:"padding"`
	// Blank counts the lines without text, which are no samples.
	Blank int `json:"blank"`
}

// Preprocess says how pictures became inputs: (v*scale - mean) / std of values from 0 to 255.
type Preprocess struct {
	dataset.Preprocess
	// Guessed lists the fields that nobody gave.
	Guessed []string `json:"guessed"`
}
