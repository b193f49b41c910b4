//go:build !noasm

package simd

import "unsafe"

func (a *productArgs) run(Level, int) { productNEON((*byte)(unsafe.Pointer(a))) }

// mask says which columns there are: so many whole vectors and one with one number to four, and where what is loaded for its second to
// fourth place lies, in bytes from the first.
func (p *Product) mask(_ Level, a *productArgs) {
	if p.Columns == p.Width {
		return
	}
	whole := (p.Columns - 1) / 4
	rest := p.Columns - 4*whole
	a.partial = 1
	*(*[4]int)(unsafe.Pointer(&a.mask)) = [4]int{whole, 4 * min(1, rest-1), 4 * min(2, rest-1), 4 * (rest - 1)}
}
