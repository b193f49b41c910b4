package op

import "github.com/pollard-dev/pollard/graph"

// Axis is one axis of an input or output of a node, or a virtual axis that no tensor of the node has but its coupling
// needs (the groups of a grouped convolution, the positions that a Slice drops).
type Axis struct {
	Of    AxisOf
	Index int // of the input or output, or of the virtual axis
	Dim   int // the axis of that input or output; 0 for virtual axes
}

// AxisOf says what an Axis belongs to.
type AxisOf uint8

// The things an axis can belong to.
const (
	OfInput AxisOf = iota
	OfOutput
	OfVirtual
)

// In is axis dim of input i.
func In(i, dim int) Axis { return Axis{OfInput, i, dim} }

// Out is axis dim of output i.
func Out(i, dim int) Axis { return Axis{OfOutput, i, dim} }

// Coupling states which positions of which axes of a node are the same. Axes are independent unless a rule mentions them
// together, and an axis that no rule mentions is pinned. Axes of extent 1 couple nothing and may be left out.
type Coupling struct {
	Same    []Same
	Sum     []Sum
	Product []Product
	Pin     []Pin
	Stat    []Stat

	virtual []graph.Dim
}

// Same states that position i of A is position i of B, for every i. Their extents are equal.
type Same struct{ A, B Axis }

// Sum states that Whole is the Parts side by side, in this order. Their extents add up.
type Sum struct {
	Whole Axis
	Parts []Axis
}

// Product states that the row-major index over the axes A and that over the axes B are the same number. The products of
// their extents are equal.
type Product struct{ A, B []Axis }

// Pin states that no position of Axis can be removed, and why.
type Pin struct {
	Axis   Axis
	Reason string
}

// Stat states that the operator computes a statistic over Axis (a mean, a norm, a maximum), so that zeroes at removed
// positions would not be the same as removing them. The axis may be cut; the proof computes the statistic over the kept
// positions.
type Stat struct {
	Axis   Axis
	Reason string
}

// addVirtual returns a new axis of extent n that no tensor of the node has. Couple must make the same axes in the same
// order each time it runs on a node, because Resize identifies them by number.
func (c *Coupling) addVirtual(n graph.Dim) Axis {
	c.virtual = append(c.virtual, n)
	return Axis{Of: OfVirtual, Index: len(c.virtual) - 1}
}

// VirtualExtents lists the extents of the virtual axes, by Axis.Index.
func (c *Coupling) VirtualExtents() []graph.Dim { return c.virtual }

// free mentions axis without coupling it to anything: its positions can be removed without affecting other axes of the
// node (an axis that is summed over, or that broadcasting adds).
func (c *Coupling) free(axis Axis, n graph.Dim) { c.link(axis, c.addVirtual(n)) }

// link adds Same{a, b}.
func (c *Coupling) link(a, b Axis) { c.Same = append(c.Same, Same{a, b}) }

// pinAxis adds Pin{axis, reason}.
func (c *Coupling) pinAxis(axis Axis, reason string) { c.Pin = append(c.Pin, Pin{axis, reason}) }

// Kept returns the positions of an axis that survive a cut, in ascending order, or nil if all do. Virtual axes have the
// numbers that addVirtual gave them.
type Kept func(Axis) []int

// VirtualAxis is the i-th virtual axis of a node's coupling.
func VirtualAxis(i int) Axis { return Axis{Of: OfVirtual, Index: i} }
