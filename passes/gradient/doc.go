// Package gradient appends the backward pass of a graph to it: nodes that compute the gradients of one number, a loss, by
// any of the graph's values. The backward pass is made of operators like the forward pass, so that whatever runs a graph
// runs both. What an operator contributes is its Grad in graph/op.
package gradient
