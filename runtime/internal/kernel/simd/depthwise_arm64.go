//go:build !noasm

package simd

import "unsafe"

func (a *depthwiseArgs) run(Level) { depthwiseNEON((*byte)(unsafe.Pointer(a))) }

func (d *Depthwise) mask(Level, *depthwiseArgs) {}
