package kernel

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd"

// Columns says in how many strips a product of n columns is made, and how many columns these have together: time goes
// up in steps of a strip, not with every column.
func Columns(n int) (strips, padded int) { return simd.Strips(n), simd.PackedLen(1, 1, n) }
