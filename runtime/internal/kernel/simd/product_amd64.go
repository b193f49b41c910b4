//go:build !noasm

package simd

import (
	"math"
	"unsafe"
)

// run calls the functions by name. Through a function value, which only the running program knows,
// a could not point to the stack.
func (a *productArgs) run(l Level, width int) {
	start := (*byte)(unsafe.Pointer(a))
	switch {
	case l == AVX2:
		productAVX2x16(start)
	case width == 16:
		productAVX512x16(start)
	case width == 32:
		productAVX512x32(start)
	case width == 48:
		productAVX512x48(start)
	default:
		productAVX512x64(start)
	}
}

// mask sets which columns exist.
func (p *Product) mask(l Level, a *productArgs) {
	if l == AVX512 {
		a.mask[0] = 1<<(p.Columns-p.Width+16) - 1
		return
	}
	if p.Columns < p.Width {
		a.partial = 1
		for n := range p.Columns {
			a.mask[n] = math.MaxUint32
		}
	}
}
