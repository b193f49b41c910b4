package main

import "math"

// level is an instruction set: its name, as the functions' names end, and the machine that makes
// its instructions.
type level struct {
	name string
	machine
}

// levels are those of the architecture being written.
var levels []level

// vector is a register that holds several numbers, scalar one that holds an address or an integer.
// Operands of avo and of package arm64 implement them.
type (
	vector interface{ Asm() string }
	scalar interface{ Asm() string }
)

// bundle is a set of vectors that are computed side by side. The same is done to each, and a
// constant is loaded once for all.
type bundle []vector

// truth says, for each vector of a bundle, where something holds: a mask register, or a vector of
// all ones where it does.
type truth []vector

// machine makes the instructions that functions are built from. Methods that return a bundle return
// new registers, unless they say otherwise.
type machine interface {
	// function begins a function, and returns where its slices begin.
	function(name, signature string, slices ...string) (bases []scalar)
	length(slice string) scalar              // of a parameter
	integer(name string) scalar              // a parameter
	parameter(name string) vector            // a parameter in every lane
	element(slice string, i scalar) vector   // element i of a parameter in every lane
	repeat(n scalar, label string, f func()) // f for n rows, 0 or more; n is counted down
	advance(base, by scalar)                 // advances base by that many numbers
	end()                                    // returns
	give(v vector)                           // returns the lowest lane, a float32
	giveDouble(v vector)                     // a float64
	giveInteger(v vector)                    // an int32

	beside(few, many int) int // how many vectors are computed side by side: few with 16 registers, many with 32

	several(n int) bundle
	zeroes(n int) bundle
	fill(x float64, n int) bundle // n vectors with a number in every lane
	same(x float64, n int) bundle // one register with a number in every lane that stands for all n
	fillBits(b uint32, n int) bundle
	copy(a bundle) bundle

	add(a, b bundle) bundle
	sub(a, b bundle) bundle
	mul(a, b bundle) bundle
	div(a, b bundle) bundle
	sqrt(a bundle) bundle
	addTo(sum, x bundle)        // in the registers of sum
	fma(a, b, c bundle) bundle  // a*b + c, in the registers of c
	fnma(a, b, c bundle) bundle // c - a*b, in the registers of c
	fms(a, b, c bundle) bundle  // a*b - c, in the registers of c
	horner(x bundle, c []float64) bundle

	atLeast(a, least bundle) bundle // NaN in a stays
	atMost(a, most bundle) bundle
	larger(a, b bundle) bundle // NaN in either wins
	smaller(a, b bundle) bundle
	largest(n int) largest

	and(a bundle, b uint32) bundle // bitwise
	or(a, b bundle) bundle
	xor(a, b bundle) bundle
	minus(a bundle) bundle
	absolute(a bundle) bundle
	negative(a bundle) bundle // -|a|

	where(a bundle, predicate int, b bundle) truth
	choose(t truth, yes, no bundle) bundle
	keep(t truth, a bundle) bundle // a where t holds, zero elsewhere

	roundFloat16(a bundle) bundle
	roundBFloat16(a bundle) bundle
	round(a bundle)           // to whole numbers, half to even, in place
	scale(a, n bundle) bundle // a times 2^n, |n| < 253, rounded once if that is below the normal numbers
	// mantissa splits x into 2^e m, 1 <= m < 2. All reports whether m and e make log correct even
	// if x is not a positive number.
	mantissa(x bundle) (m, e bundle, all bool)

	double(v vector) bundle                // converted to double precision, in two vectors
	addDoubles(sum, x bundle)              // in the registers of sum
	foldDoubles(v bundle) vector           // the sum of all, in the lowest lane
	single(halves bundle, f vector) bundle // times a factor, converted to single precision; overwrites the halves
	foldSums(v bundle) vector              // the same for float32
	largerIntegers(x, top bundle)          // of signed int32, in the registers of top
	foldIntegers(v bundle) vector          // the largest

	clampOf()
	maximum() pooling
	pool(p pooling)
	sumRows()

	tailOf(n scalar) tail
	prepare(w *walk) // what is the same for all rows
	row(w *walk)     // the walk over a row
}

// tail is what is left of a row after the whole vectors.
type tail interface {
	clear(v vector) vector                 // sets the lanes outside the tail to zero
	others(v vector, other float64) vector // sets them to another value
	choose(v, other vector) vector         // sets them to those of another vector
}

// largest holds the largest of the numbers it is shown.
type largest interface {
	see(v bundle)
	fold() vector // in the lowest lane, or NaN if there was one
}

// Predicates of comparisons, none of them signalling, as AVX numbers them. The last two say whether
// either operand is NaN.
const (
	equal     = 0
	less      = 17
	greater   = 30
	unordered = 3
	ordered   = 7
)

const sign = 1 << 31

// all returns one vector to stand for n.
func all(v vector, n int) bundle {
	s := make(bundle, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// max and min take a number. NaN in a stays.
func (l level) max(a bundle, b float64) bundle { return l.atLeast(a, l.same(b, len(a))) }
func (l level) min(a bundle, b float64) bundle { return l.atMost(a, l.same(b, len(a))) }

func (l level) mulBy(a bundle, b float64) bundle { return l.mul(a, l.same(b, len(a))) }
func (l level) plus(a bundle, b float64) bundle  { return l.add(a, l.same(b, len(a))) }

// begin starts a function and loads its slices' bases, and the length of the last slice, which is
// that of all.
func (l level) begin(name, signature string, slices ...string) (bases []scalar, n scalar) {
	bases = l.function(name+l.name, signature, slices...)
	return bases, l.length(slices[len(slices)-1])
}

func bitsOf(x float64) uint32 { return math.Float32bits(float32(x)) }
