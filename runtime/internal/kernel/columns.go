package kernel

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd"

// Columns returns the number of strips in which a product of n columns is computed, and their total
// width. The time grows in steps of a strip, not with every column.
func Columns(n int) (strips, padded int) { return simd.Strips(n), simd.PackedLen(1, 1, n) }
