//go:build !noasm

package simd

import "unsafe"

func (a *productArgs) run(Level, int) { productNEON((*byte)(unsafe.Pointer(a))) }

// mask sets which columns exist: a number of whole vectors, and one with one to four numbers. For
// the latter it gives the offsets, in bytes from the first number, of what is loaded for the second
// to fourth place.
func (p *Product) mask(_ Level, a *productArgs) {
	if p.Columns == p.Width {
		return
	}
	whole := (p.Columns - 1) / 4
	rest := p.Columns - 4*whole
	a.partial = 1
	*(*[4]int)(unsafe.Pointer(&a.mask)) = [4]int{whole, 4 * min(1, rest-1), 4 * min(2, rest-1), 4 * (rest - 1)}
}
