// Package group finds what can be removed from a graph: sets of positions, spread over many tensors, that can only be
// removed together.
//
// Every axis of every value has a type: a sum of products of atoms, where an atom is a number of positions that can be
// removed independently of each other. The rules in graph/op link axes. A link unifies their types and splits what is
// free along the boundaries of what is not. Types that have no common form are pinned. A group is an atom that nothing
// pins, and a unit is one index of it. Heads and head dimensions emerge as the two factors of one axis, although no code
// here knows about attention.
package group
