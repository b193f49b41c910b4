// Package redundancy tells how much of a network says the same: units whose responses others of their group can stand in for, what
// dropping units at random does to them, and how many sub-networks a network that survives random pruning behaves
// as if it had.
package redundancy
