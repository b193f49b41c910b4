package runtime

import (
	"errors"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// chain is nodes each of which alone reads what the one before it computes, so that they can be computed while
// the first one's numbers are at hand: a product, its bias, what is added to it, an activation.
type chain struct {
	nodes    []*graph.Node
	epilogue kernel.Epilogue
	residual *graph.Value
	taken    map[*graph.Node]bool
	tapped   map[*graph.Value]*graph.Value
}

// findChain is the longest chain that begins with n; nil where that is n alone. Only what n's kernel may take as
// its epilogue is looked for, and nodes that another chain has are not.
func findChain(n *graph.Node, taken map[*graph.Node]bool, tapped map[*graph.Value]*graph.Value) *chain {
	if n.Domain != "" || len(n.Outputs()) != 1 || n.Out(0) == nil || n.Out(0).Type.DType != graph.Float32 {
		return nil
	}
	takes, ok := kernel.EpilogueOf[n.Op]
	if !ok {
		return nil
	}
	c := &chain{taken: taken, tapped: tapped, nodes: []*graph.Node{n}, epilogue: kernel.Epilogue{Activation: kernel.NoActivation}}
	if takes == kernel.SumAndActivation {
		c.takeBias()
		c.takeResidual()
	}
	c.takeActivation()
	if len(c.nodes) == 1 {
		return nil
	}
	return c
}

// next is the only node that reads what the chain computes so far, and what it computes; nil where there are several, or somebody
// else wants that too.
func (c *chain) next() (*graph.Node, *graph.Value) {
	v := c.nodes[len(c.nodes)-1].Out(0)
	uses := v.Uses()
	if len(uses) != 1 || v.IsOutput() || c.tapped[v] != nil {
		return nil, nil
	}
	n := uses[0].Node
	if c.taken[n] || n.Domain != "" || n.Graph() != v.Graph() || len(n.Outputs()) != 1 || n.Out(0) == nil || n.Out(0).Type.DType != graph.Float32 {
		return nil, nil
	}
	return n, v
}

// takeBias takes an Add of a constant with one number for each position of the product's channels.
func (c *chain) takeBias() {
	root := c.nodes[0]
	n, v := c.next()
	if n == nil || n.Op != "Add" || c.epilogue.Bias != nil || len(root.Inputs()) > 2 && root.In(2) != nil {
		return
	}
	bias := other(n, v).Const
	if bias == nil || bias.DType() != graph.Float32 || !v.Type.Shape.Equal(n.Out(0).Type.Shape) {
		return
	}
	dims, _ := v.Type.Shape.Ints()
	axis := len(dims) - 1
	if root.Op == "Conv" {
		axis = 1
	}
	if axis < 0 { // of two vectors
		return
	}
	if bias.Len() != dims[axis] {
		return
	}
	// Every axis of the constant but that one must be 1.
	if at := axis - (len(dims) - bias.Rank()); at < 0 || bias.Shape()[at] != bias.Len() {
		return
	}
	c.epilogue.Bias = bias
	c.nodes = append(c.nodes, n)
}

// takeResidual takes an Add of another computed value of the same extents.
func (c *chain) takeResidual() {
	n, v := c.next()
	if n == nil || n.Op != "Add" {
		return
	}
	w := other(n, v)
	if w == v || w.Const != nil || !w.Type.Shape.Equal(v.Type.Shape) || w.Type.DType != graph.Float32 {
		return
	}
	c.residual = w
	c.nodes = append(c.nodes, n)
}

// takeActivation takes a function of one element.
func (c *chain) takeActivation() {
	n, v := c.next()
	if n == nil {
		return
	}
	if a, ok := kernel.ActivationOf(n); ok && (n.In(0) == v || n.In(0).Const != nil) {
		c.epilogue.Activation = a
		c.nodes = append(c.nodes, n)
	}
}

// other is the input of a node of two that is not v, or v where both are.
func other(n *graph.Node, v *graph.Value) *graph.Value {
	if n.In(0) == v {
		return n.In(1)
	}
	return n.In(0)
}

// chain lowers the nodes of c as one or, where no kernel takes them so, one by one.
func (b *builder) chain(c *chain) error {
	root, last := c.nodes[0], c.nodes[len(c.nodes)-1]
	in, err := b.operands(root.Inputs())
	if err != nil {
		return err
	}
	e := c.epilogue
	if c.residual != nil {
		r, err := b.value(c.residual)
		if err != nil {
			return err
		}
		e.Residual = len(in)
		in = append(in, r)
	}
	err = b.bind(root, in, e, last.Outputs())
	if !errors.Is(err, kernel.ErrUnfit) {
		return err
	}
	for _, n := range slices.Clone(c.nodes) {
		if err := b.alone(n); err != nil {
			return err
		}
	}
	return nil
}
