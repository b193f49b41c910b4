package simd

// EverySecond writes every second number of x, starting with the first: y[i] = x[2*i].
func EverySecond(y, x []float32) {
	if len(y) == 0 {
		return
	}
	checkShort("x", len(x), 2*len(y)-1)
	everySecond(y, x)
}

type everySecondFunc = func(y, x []float32)

var everySecond, everySecondVariants = register(everySecondGo, everySecondAsm)

func everySecondGo(y, x []float32) {
	for i := range y {
		y[i] = x[2*i]
	}
}
