package simd

import "github.com/pollard-dev/pollard/graph/level"

// Level is an instruction set that the kernels are written for.
type Level = level.Level

// The levels, see package level.
const (
	Generic = level.Generic
	AVX2    = level.AVX2
	AVX512  = level.AVX512
	NEON    = level.NEON
)

// Active is the level that the kernels use.
var Active = level.Active

// Levels lists the levels up to Active, the plainest first, which tests compare.
func Levels() []Level { return level.All() }

// variant is a function as written for one level.
type variant[F any] struct {
	level Level
	f     F
}

// variants are the forms of one function, the plain one first. A level without a form of its own
// uses that of the level below.
type variants[F any] []variant[F]

// at returns the form for a processor of that level.
func (v variants[F]) at(l Level) F {
	for ; l != Generic; l = l.Below() {
		for _, x := range v {
			if x.level == l {
				return x.f
			}
		}
	}
	return v[0].f
}

// register collects the forms of a function: the plain one and those written for levels. It returns
// the one in use and all there are.
func register[F any](plain F, written variants[F]) (active F, all variants[F]) {
	all = append(variants[F]{{Generic, plain}}, written...)
	return all.at(Active), all
}
