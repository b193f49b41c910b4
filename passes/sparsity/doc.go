// Package sparsity sets weights of linear nodes to zero in a pattern: which positions may be zero together, which of
// them become zero, and what the others become. It sees a node as a matrix of weights, with a row for each output, and
// the second moments of its inputs. It does not know networks or the order in which their nodes are taken.
package sparsity
