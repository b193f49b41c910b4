// Package sparsity sets weights of linear nodes to zero in a pattern: which positions may be zero together, which
// of them go, and what the others become. It sees a node as a matrix of weights, a row for each output, and as
// the second moments of its inputs; what a network is and in which order its nodes are taken is not its concern.
package sparsity
