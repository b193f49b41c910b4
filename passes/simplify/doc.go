// Package simplify brings an imported model into the form that pruning works on:
// types known, constants folded, shape arithmetic replaced by constants, nodes
// that change nothing gone. Each pass is a file; All lists them in order.
//
// Grouping sees only what simplification leaves: one extent that stays hidden
// behind a chain of Shape, Gather and Concat pins the axes it touches, and one value of
// unknown shape can close a whole network.
package simplify
