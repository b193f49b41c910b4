package kernel

import "golang.org/x/sys/cpu"

// hasFMA says whether packed products are computed by the processor's fused multiply-adds.
var hasFMA = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// fma adds to the 6 x 16 numbers at c, whose rows are ldc apart, the products of n columns of 6 numbers at a and n rows of 16 at b.
//
//go:noescape
func fma(n int, a, b, c *float32, ldc int)
