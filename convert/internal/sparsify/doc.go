// Package sparsify sets weights of a model to zero in a pattern and refits the weights that stay.
// In go the original, the cut model, a pattern and a share of zeros; the weights of the cut model
// change, and a report comes out.
//
// It decides which criterion ranks the weights and how zeros are distributed over nodes; ranking
// and fitting themselves are in passes/sparsity and passes/recovery.
package sparsify
