// Package figures computes the figures that a report gives for a model: parameters,
// multiply-accumulates, nodes, weights that are not zero, bytes, and the digest of its file.
//
// Both sides of every ratio are counted here, by the same rules.
package figures
