// Package lossless finds units that can go without any output changing, from the weights alone: what is
// always zero, what is always the same number, what another unit computes as well, what is a linear
// combination of others. Their part in what reads them is folded into the readers' weights.
//
// A position of an axis owns a slice of the value: everything with that index on the axis. The package asks
// for each slice two things: between which bounds its elements lie, and which symbol it is a multiple of.
// Slices with the same symbol hold the same numbers but for a factor (value numbering, applied to positions
// instead of to values). An operator of which nothing is known here makes slices without bounds and with
// symbols of their own: that costs removals, never correctness. Proofs are for finite inputs.
package lossless
