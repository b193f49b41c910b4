package simd

var (
	addRows, addVariants = choose(addGo, addAsm)
	subRows, subVariants = choose(subGo, subAsm)
	mulRows, mulVariants = choose(mulGo, mulAsm)
	divRows, divVariants = choose(divGo, divAsm)
	maxRows, maxVariants = choose(maxGo, maxAsm)
	minRows, minVariants = choose(minGo, minAsm)

	addClampRows, addClampVariants     = choose(addClampGo, addClampAsm)
	scaleShiftRows, scaleShiftVariants = choose(scaleShiftGo, scaleShiftAsm)
)

type (
	binaryFunc      = func(z, x, y []float32, rows, n, ldz, ldx, ldy int)
	binaryClampFunc = func(z, x, y []float32, rows, n, ldz, ldx, ldy int, lo, hi float32)
	scaleShiftFunc  = func(y, x, scale, shift []float32, rows, n, ldy, ldx int, lo, hi float32)
)
