package main

import "math"

// level is an instruction set: its name, as the functions' names end, and what makes its instructions.
type level struct {
	name string
	machine
}

// levels are those of the architecture that is written for.
var levels []level

// vector is a register that holds several numbers, scalar one that holds an address or an integer: avo's operands are such, and
// those of package arm64.
type (
	vector interface{ Asm() string }
	scalar interface{ Asm() string }
)

// bundle is vectors that one computation is made for side by side: the same is done to each,
// and a constant is loaded once for all.
type bundle []vector

// truth is, for each vector of a bundle, where something holds: a mask register, or a vector of all ones where it does.
type truth []vector

// machine makes the instructions that the descriptions of functions are put together from. What gives a bundle gives
// new registers, unless it says otherwise.
type machine interface {
	// function begins one, and gives where its slices' first numbers lie.
	function(name, signature string, slices ...string) (bases []scalar)
	length(slice string) scalar              // of a parameter
	integer(name string) scalar              // a parameter
	parameter(name string) vector            // a parameter in every place
	element(slice string, i scalar) vector   // element i of a parameter in every place
	repeat(n scalar, label string, f func()) // f for n rows, 0 or more; n is counted down
	advance(base, by scalar)                 // on by so many numbers
	end()                                    // return
	give(v vector)                           // return the lowest place, a float32
	giveDouble(v vector)                     // a float64
	giveInteger(v vector)                    // an int32

	beside(few, many int) int // how many vectors are computed side by side: few where there are 16 registers, many where 32

	several(n int) bundle
	zeroes(n int) bundle
	fill(x float64, n int) bundle // a number in each of n vectors
	same(x float64, n int) bundle // a number in one register that stands for all of n
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

	atLeast(a, least bundle) bundle // what is not a number in a stays
	atMost(a, most bundle) bundle
	larger(a, b bundle) bundle // what is not a number in either wins
	smaller(a, b bundle) bundle
	largest(n int) largest

	and(a bundle, b uint32) bundle // of bits
	or(a, b bundle) bundle
	xor(a, b bundle) bundle
	minus(a bundle) bundle
	absolute(a bundle) bundle
	negative(a bundle) bundle // -|a|

	where(a bundle, predicate int, b bundle) truth
	choose(t truth, yes, no bundle) bundle
	keep(t truth, a bundle) bundle // a where t holds, zero elsewhere

	round(a bundle)           // to whole numbers, to even, in its registers
	scale(a, n bundle) bundle // a times 2^n, |n| < 253, rounded once where that is below the normal numbers
	// mantissa splits x into 2^e m, 1 <= m < 2. All says that what becomes of m and e makes log right where x is no positive
	// number too.
	mantissa(x bundle) (m, e bundle, all bool)

	double(v vector) bundle                // converted to double precision, in two
	addDoubles(sum, x bundle)              // in the registers of sum
	foldDoubles(v bundle) vector           // the sum of all, in the lowest place
	single(halves bundle, f vector) bundle // times a factor, converted to single precision; spoils the halves
	foldSums(v bundle) vector              // the same of float32
	largerIntegers(x, top bundle)          // of int32 with sign, in the registers of top
	foldIntegers(v bundle) vector          // the largest

	clampOf()
	maximum() pooling
	pool(p pooling)
	sumRows()

	tailOf(n scalar) tail
	prepare(w *walk) // what is the same for all rows
	row(w *walk)     // the walk over a row
}

// tail is what is left of a row that is not a whole vector.
type tail interface {
	clear(v vector) vector                 // makes the places that are not the tail's zero
	others(v vector, other float64) vector // gives them another value
	choose(v, other vector) vector         // gives them that of another vector
}

// largest holds the largest of what it is shown.
type largest interface {
	see(v bundle)
	fold() vector // in the lowest place, or what is not a number if anything was none
}

// Comparisons' predicates, none of which is signalling, as AVX numbers them; the last two say whether either is not a number.
const (
	equal     = 0
	less      = 17
	greater   = 30
	unordered = 3
	ordered   = 7
)

const sign = 1 << 31

// all stands for one vector wherever n are wanted.
func all(v vector, n int) bundle {
	s := make(bundle, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// max and min with a number: what is not a number in a stays.
func (l level) max(a bundle, b float64) bundle { return l.atLeast(a, l.same(b, len(a))) }
func (l level) min(a bundle, b float64) bundle { return l.atMost(a, l.same(b, len(a))) }

func (l level) mulBy(a bundle, b float64) bundle { return l.mul(a, l.same(b, len(a))) }
func (l level) plus(a bundle, b float64) bundle  { return l.add(a, l.same(b, len(a))) }

// begin starts a function and loads its slices' bases, and the length of the last, which is that of all.
func (l level) begin(name, signature string, slices ...string) (bases []scalar, n scalar) {
	bases = l.function(name+l.name, signature, slices...)
	return bases, l.length(slices[len(slices)-1])
}

func bitsOf(x float64) uint32 { return math.Float32bits(float32(x)) }
