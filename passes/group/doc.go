// Package group finds what can be removed from a graph: sets of positions, spread
// over many tensors, that live and die together.
//
// Every axis of every value gets a type: a sum of products of atoms, an atom
// being a number of positions that can go independently of each other. The rules
// in graph/op link axes; a link unifies their types, splitting what is free along the
// boundaries of what is not. What cannot be brought to a common form is pinned.
// A group is an atom that nothing pins; a unit is one index of it. Heads and
// head dimensions come out as the two factors of one axis without any code here
// knowing of attention.
package group
