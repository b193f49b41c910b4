package simd

var (
	addRows, addVariants = register(addGo, addAsm)
	subRows, subVariants = register(subGo, subAsm)
	mulRows, mulVariants = register(mulGo, mulAsm)
	divRows, divVariants = register(divGo, divAsm)
	maxRows, maxVariants = register(maxGo, maxAsm)
	minRows, minVariants = register(minGo, minAsm)

	addClampRows, addClampVariants     = register(addClampGo, addClampAsm)
	scaleShiftRows, scaleShiftVariants = register(scaleShiftGo, scaleShiftAsm)
)

type (
	binaryFunc      = func(z, x, y []float32, rows, n, ldz, ldx, ldy int)
	binaryClampFunc = func(z, x, y []float32, rows, n, ldz, ldx, ldy int, lo, hi float32)
	scaleShiftFunc  = func(y, x, scale, shift []float32, rows, n, ldy, ldx int, lo, hi float32)
)
