package simd

// Level is what a processor computes with. Each has what those before it have.
type Level int

// The levels. AVX2 includes FMA; AVX512 is F, BW, DQ and VL.
const (
	Go Level = iota
	AVX2
	AVX512
)

func (l Level) String() string { return [...]string{"go", "avx2", "avx512"}[l] }

// Best is the level of this processor.
var Best = detect()

// variant is a function as written for one level.
type variant[F any] struct {
	level Level
	f     F
}

// variants are the forms of one function, the plainest first; a level without one of its own takes that before it.
type variants[F any] []variant[F]

// at is the form for a processor of that level.
func (v variants[F]) at(l Level) F {
	f := v[0].f
	for _, x := range v[1:] {
		if x.level <= l {
			f = x.f
		}
	}
	return f
}
