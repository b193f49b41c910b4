// Package prepare changes a model in ways that leave its outputs alone: it removes units that no
// output depends on, rotates groups into a basis that is easier to cut, and looks up the initial
// values of constants. Free and Rotate check their changes by running both
// models, unless the caller skips the proof.
//
// What comes out is the model whose units are scored and cut.
package prepare
