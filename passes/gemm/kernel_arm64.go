package gemm

// kernel sums over n the products of each of a's 4 numbers and each of b's 8.
func kernel(n int, a, b *float64, sums *[down * across]float64) { fma(n, a, b, sums) }

// fma is portable in Advanced SIMD, which every arm64 processor has.
//
//go:noescape
func fma(n int, a, b *float64, sums *[down * across]float64)
