package lossless

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// constants returns the slices of constant contents.
func (f *facts) constants(t *graph.Tensor, axis int) []slice {
	data, ok := graph.Floats(t)
	if !ok || axis >= t.Rank() {
		return nil
	}
	extent, inner := t.Shape()[axis], 1
	for _, d := range t.Shape()[axis+1:] {
		inner *= d
	}
	s := make([]slice, extent)
	for p := range s {
		var own []float64
		for at := p * inner; at < len(data); at += extent * inner {
			own = append(own, data[at:at+inner]...)
		}
		s[p] = f.contents(own)
	}
	return s
}

// whole is the slice of all of v, for operands that are broadcast along an axis.
func (f *facts) whole(v *graph.Value) slice {
	if v.IsConstant() {
		if data, ok := graph.Floats(v.Const); ok && len(data) > 0 {
			return f.contents(data)
		}
	}
	return slice{anything, f.named(fmt.Sprintf("whole %d", f.index[v])), 1}
}

// contents is the slice that holds v, bit for bit.
func (f *facts) contents(v []float64) slice {
	if len(v) == 0 {
		return constant(0)
	}
	bounds := interval{math.Inf(1), math.Inf(-1)}
	h := sha256.New()
	var word [8]byte
	for _, x := range v {
		bounds = bounds.hull(point(x))
		binary.LittleEndian.PutUint64(word[:], math.Float64bits(x))
		h.Write(word[:])
	}
	if bounds = bounds.sound(); bounds.isPoint() {
		return constant(bounds.lo)
	}
	return slice{bounds, f.named("data " + string(h.Sum(nil))), 1}
}
