package runtime

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// program is a model compiled for inputs of given types. Every extent is known, every value has its
// place, and nodes are computed together where that saves a pass through memory.
type program struct {
	slots   []slot
	moves   []move
	inputs  []int // slot by graph input; -1 for a constant or a default that was not overridden
	outputs []operand
	direct  []bool           // by output, whether it is computed in the caller's tensor
	taps    []tap            // in the order in which they are shown
	touched [][]*graph.Value // by move, the values that its operands hold, if any
	memory  int              // size of all planned slots together, in float32
	shared  int              // scratch that the workers of a move share
	own     int              // scratch of each worker
	choices []Choice
}

// slotKind says where the numbers of a slot are.
type slotKind int

const (
	planned slotKind = iota // float32 at an offset of the memory that a run holds
	fed                     // fed by the caller
	fixed                   // a constant
	loose                   // a tensor of another type, allocated when it is computed
	typed                   // a tensor of another type that the instance holds
	given                   // the caller's tensor for an output
)

// slot is a place for numbers. Several values may be views of one slot.
type slot struct {
	kind   slotKind
	size   int // of a planned slot, in elements
	offset int
	in     int           // the slot whose memory it takes over, or -1
	tensor *graph.Tensor // of a fixed slot
	array  kernel.Array  // of a typed slot
	first  int           // the first and last move that touch it
	last   int
}

// operand is a value as the moves see it: the extents and order of what lies in a slot.
type operand struct {
	kernel.Array
	slot int
}

// move is a step of a program: a bound kernel or a node by itself.
type move struct {
	node    *graph.Node // the node that it computes, or the first of them
	name    string
	in, out []operand
	bound   *kernel.Bound

	single *single // set if bound is nil
}

// tap is a value that is shown after a given number of moves.
type tap struct {
	value *graph.Value // a value of the session's model
	operand
	after int
}

// absent is the operand of an input that a node leaves out.
var absent = operand{slot: -1}
