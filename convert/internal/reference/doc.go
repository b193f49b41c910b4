// Package reference measures errors at the outputs. It runs a model once on some batches, keeps the
// outputs, and compares them with the outputs of models cut or thinned from it.
//
// The choice of units, the choice of zeros and the study of redundancy all measure by it, so that
// their errors mean the same thing.
package reference
