// Package learning makes a model learn: it turns a network into a graph that computes a loss and its gradients by the
// network's weights, which become inputs, and changes the weights by what runs of that graph return. It knows nothing of
// who runs the graph, nor of where inputs come from.
package learning
