//go:build !amd64 || noasm

package simd

func (d *Depthwise) run(Level) { depthwiseGo(d) }
