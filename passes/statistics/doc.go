// Package statistics collects, in one streaming pass over unlabelled inputs, what criteria
// want to know of a model's values: moments and firing shares of the positions of an
// axis, Gram matrices of what linear nodes read. What is kept depends on the model, not on the number of
// inputs. Statistics merge: those of one shard of the inputs and those of another are
// those of both. They are gathered on many machines, and so can be taken apart into named tensors and put together
// again; in what kind of file is not known here.
package statistics
