//go:build (!amd64 && !arm64) || noasm

package simd

func (d *Depthwise) run(Level) { depthwiseGo(d) }
