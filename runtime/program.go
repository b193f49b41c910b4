package runtime

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// program is a model made for inputs of given types: every extent is known, every value has its place, and
// nodes are computed together where that saves going through memory again.
type program struct {
	slots   []slot
	moves   []move
	inputs  []int // slot by graph input; -1: a constant or a default that was not overridden
	outputs []operand
	direct  []bool           // by output: it is computed in the caller's tensor
	taps    []tap            // in the order in which they are shown
	touched [][]*graph.Value // by move: the values that its operands hold, as far as they have one
	memory  int              // float32 that all planned slots take together
	shared  int              // scratch that the workers of a move share
	own     int              // and that each has
	choices []Choice
}

// slotKind says where the numbers of a slot are.
type slotKind int

const (
	planned slotKind = iota // float32 at an offset of the memory that a run holds
	fed                     // what the caller feeds
	fixed                   // a constant
	loose                   // a tensor of another type, made as it is computed
	typed                   // a tensor of another type that a run holds
	given                   // the caller's tensor for an output
)

// slot is a place for numbers. Several values may be views of one.
type slot struct {
	kind   slotKind
	size   int // elements, of a planned slot
	offset int
	in     int           // a slot whose memory it takes over, or -1
	tensor *graph.Tensor // of a fixed slot
	array  kernel.Array  // of a typed slot
	first  int           // the first and last move that touch it
	last   int
}

// operand is a value as the moves see it: extents and order of what lies in a slot.
type operand struct {
	kernel.Array
	slot int
}

// move is a step of a program: a bound kernel or a node by itself.
type move struct {
	node    *graph.Node // what it computes, or the first of what it computes
	name    string
	in, out []operand
	bound   *kernel.Bound

	single *single // where bound is nil
}

// tap is a value that is shown when so many moves are done.
type tap struct {
	value *graph.Value // of the session's model
	operand
	after int
}

// absent is the operand of an input that a node leaves out.
var absent = operand{slot: -1}
