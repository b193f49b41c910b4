package memory

import (
	"fmt"
	"math"
	"sync/atomic"
)

// Limit is the most bytes that anything a file asks for may take. The zero Limit stands for that of the process: the one
// that SetLimit set last, or what the machine has available.
type Limit int64

// process is the limit that SetLimit set, or 0 if there is none.
var process atomic.Int64

// SetLimit sets the limit of the process, which every zero Limit stands for, and returns the one before. The zero Limit
// restores what is available. There is one limit for the process, as there is for the Go runtime, because all models in
// a process share its memory.
func SetLimit(l Limit) (before Limit) { return Limit(process.Swap(int64(max(l, 0)))) }

// Bytes returns the limit as a number, which is never 0.
func (l Limit) Bytes() int64 {
	if l > 0 {
		return int64(l)
	}
	if n := process.Load(); n > 0 {
		return n
	}
	return available()
}

// Hold returns an *Error if bytes exceed the limit of the process. what names the thing that would take them, with its
// shape: `input "x" float[1,3,224,224]`. It is called before memory is allocated.
func Hold(what string, bytes int64) error { return Limit(0).hold(what, bytes) }

// String returns the limit in the largest unit that suits it, as in "4 GiB".
func (l Limit) String() string { return Text(l.Bytes()) }

// hold is Hold for the limit l.
func (l Limit) hold(what string, bytes int64) error {
	if bytes >= 0 && bytes <= l.Bytes() {
		return nil
	}
	return &Error{What: what, Bytes: bytes, Limit: l.Bytes()}
}

// Error reports that something would take more memory than allowed.
type Error struct {
	What  string // the thing, and its shape or size
	Bytes int64  // what it would take; math.MaxInt64 means that or more
	Limit int64
}

// Error names the thing, the bytes it would take and the limit.
func (e *Error) Error() string {
	take := Text(e.Bytes)
	if e.Bytes < 0 || e.Bytes == math.MaxInt64 {
		take = "8 EiB or more"
	}
	return fmt.Sprintf("%s: would take %s, and the memory limit is %s (see --max-memory)", e.What, take, Text(e.Limit))
}

// Product multiplies extents and sizes. A product that overflows is math.MaxInt64, which exceeds every limit. So is one
// with a negative factor, unless another factor is 0.
func Product[T int | int64](factors ...T) int64 {
	n := int64(1)
	for _, f := range factors {
		if f == 0 {
			return 0
		}
		if f < 0 || n > math.MaxInt64/int64(f) {
			n = math.MaxInt64
			continue
		}
		n *= int64(f)
	}
	return n
}

// Sum adds sizes, which must not be negative. A sum that overflows is math.MaxInt64.
func Sum(sizes ...int64) int64 {
	n := int64(0)
	for _, s := range sizes {
		if s > math.MaxInt64-n {
			return math.MaxInt64
		}
		n += s
	}
	return n
}
