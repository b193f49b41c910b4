// Package samples makes the inputs that a model is run on: batches of the data, made-up inputs, and the
// extents of symbolic dimensions.
package samples
