// Package lossless finds units that can be removed without changing any output, from the weights alone: units that are
// always zero or another constant, that compute the same as another unit, or that are a linear combination of others.
// Their contribution to whatever reads them is folded into the readers' weights.
//
// A position of an axis owns a slice of the value: everything with that index on the axis. For each slice the package
// determines bounds for its elements, and the symbol that it is a multiple of. Slices with the same symbol hold the same
// numbers up to a factor (value numbering, applied to positions instead of values). An operator of which the package
// knows nothing yields slices without bounds and with symbols of their own. That costs removals, never correctness.
// Proofs are for finite inputs.
package lossless
