//go:build !noasm

package linalg

import "github.com/pollard-dev/pollard/graph/level"

// fused is the level that fma is written for.
const fused = level.AVX2

func fma(n int, a, b *float64, sums *[down * across]float64) { fmaAVX2(n, a, b, sums) }

// fmaAVX2 is portable with multiplications and additions in one step, rounded once.
//
//go:noescape
func fmaAVX2(n int, a, b *float64, sums *[down * across]float64)
