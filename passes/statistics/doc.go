// Package statistics collects what criteria need to know of a model's values, in one streaming pass over unlabelled
// inputs: moments and firing shares of the positions of an axis, and Gram matrices of what linear nodes read. Their size
// depends on the model, not on the number of inputs.
//
// Statistics merge: those of two shards of the inputs give those of both. So that they can be collected on many
// machines, they can be turned into named tensors and back. The package does not know what kind of file holds these.
package statistics
