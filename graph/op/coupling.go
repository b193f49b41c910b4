package op

import "github.com/pollard-dev/pollard/graph"

// Axis names one axis of one input or output of a node, or an axis that no
// tensor of the node has but its coupling needs (the groups of a grouped
// convolution, the positions a Slice drops).
type Axis struct {
	Of    AxisOf
	Index int // which input or output; which virtual axis
	Dim   int // which axis of it, from 0; 0 for virtual axes
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

// Coupling states which positions of which axes of a node are the same thing.
// Axes are independent unless a rule mentions them together; an axis that no
// rule mentions is pinned. Axes of extent 1 carry nothing and may be left out.
type Coupling struct {
	Same    []Same
	Sum     []Sum
	Product []Product
	Pin     []Pin
	Stat    []Stat

	virtual []graph.Dim
}

// Same says that position i of A is position i of B, for every i. Both extents are equal.
type Same struct{ A, B Axis }

// Sum says that Whole is the Parts side by side, in this order. The extents add up.
type Sum struct {
	Whole Axis
	Parts []Axis
}

// Product says that the row-major index over the axes A and the row-major
// index over the axes B are the same number. The products of the extents are equal.
type Product struct{ A, B []Axis }

// Pin says that no position of Axis can be removed, and why.
type Pin struct {
	Axis   Axis
	Reason string
}

// Stat says that the operator computes a statistic over Axis (a mean, a norm, a
// maximum), so that zeroes at removed positions would not be the same as removing
// them. The axis may be cut; the proof computes the statistic over kept positions.
type Stat struct {
	Axis   Axis
	Reason string
}

// addVirtual makes a new axis of extent n that no tensor of the node has. Calls
// in the same order must give the same axes each time Couple runs on a node,
// because Resize asks for them by number.
func (c *Coupling) addVirtual(n graph.Dim) Axis {
	c.virtual = append(c.virtual, n)
	return Axis{Of: OfVirtual, Index: len(c.virtual) - 1}
}

// VirtualExtents lists the extents of the virtual axes by Axis.Index.
func (c *Coupling) VirtualExtents() []graph.Dim { return c.virtual }

// free mentions axis without coupling it to anything: its positions can go
// without consequence for other axes of the node (an axis that is summed away,
// or that broadcasting makes).
func (c *Coupling) free(axis Axis, n graph.Dim) { c.link(axis, c.addVirtual(n)) }

// link adds Same{a, b}.
func (c *Coupling) link(a, b Axis) { c.Same = append(c.Same, Same{a, b}) }

// pinAxis adds Pin{axis, reason}.
func (c *Coupling) pinAxis(axis Axis, reason string) { c.Pin = append(c.Pin, Pin{axis, reason}) }

// Kept tells which positions of an axis survive a cut, ascending; nil when all do.
// Virtual axes are asked for by the number that addVirtual gave them.
type Kept func(Axis) []int

// VirtualAxis is the i-th virtual axis of a node's coupling.
func VirtualAxis(i int) Axis { return Axis{Of: OfVirtual, Index: i} }
