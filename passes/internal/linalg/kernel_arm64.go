//go:build !noasm

package linalg

import "github.com/pollard-dev/pollard/graph/level"

// fused is the level that fma is written for.
const fused = level.NEON

func fma(n int, a, b *float64, sums *[down * across]float64) { fmaNEON(n, a, b, sums) }

// fmaNEON is portable with multiplications and additions in one step, rounded once.
//
//go:noescape
func fmaNEON(n int, a, b *float64, sums *[down * across]float64)

// kernelPair is kernel for two strips at once, which NEON has too few lanes for.
func kernelPair(int, *float64, *float64, *float64, *[2 * down * across]float64) bool { return false }
