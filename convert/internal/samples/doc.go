// Package samples makes the inputs that a model is run on. It cuts data into batches of the size
// that a model takes, makes up inputs where there is no data, and finds extents for symbolic
// dimensions.
//
// Calibration, proof, repair and timing all draw their inputs here, so the same seed gives all of
// them the same samples.
package samples
