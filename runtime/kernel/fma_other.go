//go:build !amd64

package kernel

// hasFMA: elsewhere products are gonum's.
const hasFMA = false

func fma(n int, a, b, c *float32, ldc int) { panic("kernel: no fused products on this processor") }
