// Package simplify brings an imported model into the form that pruning works on: types are known, constants folded,
// shape arithmetic replaced by constants, and nodes that change nothing removed. There is one file for each pass; All
// returns their table.
//
// Grouping sees only what simplification leaves. One extent that stays hidden behind a chain of Shape, Gather and Concat
// pins the axes it touches, and one value of unknown shape can pin a whole network.
package simplify
