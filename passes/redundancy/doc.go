// Package redundancy measures how much of a network is redundant: units that others of their group can replace, what
// dropping units at random does to them, and the effective number of sub-networks of a network, judged by how it
// survives random pruning.
package redundancy
