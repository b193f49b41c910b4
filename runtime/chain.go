package runtime

import (
	"errors"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// chain is a sequence of nodes in which each is the only reader of the one before it. They can be
// computed while the first node's output is at hand: a product, its bias, an addend and an
// activation.
type chain struct {
	nodes    []*graph.Node
	epilogue kernel.Epilogue
	residual *graph.Value
	taken    map[*graph.Node]bool
	tapped   map[*graph.Value]*graph.Value
}

// findChain returns the longest chain that begins with n, or nil if that is n alone. It takes only
// nodes that n's kernel may apply as its epilogue and that belong to no other chain.
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
	c.takeQuantization()
	if len(c.nodes) == 1 {
		return nil
	}
	return c
}

// next returns the only node that reads the chain's result so far, and that node's output. It
// returns nil if there are several readers, or if the result is also needed elsewhere.
func (c *chain) next() (*graph.Node, *graph.Value) {
	v := c.nodes[len(c.nodes)-1].Out(0)
	uses := v.Uses()
	if len(uses) != 1 || v.IsOutput() || c.tapped[v] != nil {
		return nil, nil
	}
	n := uses[0].Node
	if c.taken[n] || n.Domain != "" && !kernel.Joins(n) || n.Graph() != v.Graph() || len(n.Outputs()) != 1 || n.Out(0) == nil || n.Out(0).Type.DType != graph.Float32 {
		return nil, nil
	}
	return n, v
}

// takeBias takes an Add of a constant that has one number for each position on the channel axis of
// the product.
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
	if axis < 0 { // the product of two vectors
		return
	}
	if bias.Len() != dims[axis] {
		return
	}
	// Every other axis of the constant must be 1.
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

// takeActivation takes an elementwise function, with the roundings to half precision around it.
func (c *chain) takeActivation() {
	c.takeRounding()
	n, v := c.next()
	if n == nil {
		return
	}
	if a, ok := kernel.ActivationOf(n); ok && (n.In(0) == v || n.In(0).Const != nil) {
		c.take(n, a)
		c.takeRounding()
	}
}

func (c *chain) takeRounding() {
	if n, _ := c.next(); n != nil && kernel.Rounds(n) {
		a, _ := kernel.ActivationOf(n)
		c.take(n, a)
	}
}

// takeQuantization takes what turns sums or numbers into whole steps, and these into other numbers.
func (c *chain) takeQuantization() {
	root := c.nodes[0]
	n, _ := c.next()
	if n == nil || n.Domain != kernel.Own {
		return
	}
	if a, ok := kernel.RescalingOf(root, n); ok {
		c.take(n, a)
	} else if a, ok := kernel.ActivationOf(n); ok {
		c.take(n, a)
	} else {
		return
	}
	if n, v := c.next(); n != nil && n.Op == "Mul" && n.Domain == "" && n.In(0) == v && n.In(1).Const != nil {
		if a, ok := kernel.ActivationOf(n); ok {
			c.take(n, a)
		}
	}
}

func (c *chain) take(n *graph.Node, a kernel.Activation) {
	c.epilogue.Activation = c.epilogue.Activation.Then(a)
	c.nodes = append(c.nodes, n)
}

// other returns the input of a binary node that is not v, or v if both are.
func other(n *graph.Node, v *graph.Value) *graph.Value {
	if n.In(0) == v {
		return n.In(1)
	}
	return n.In(0)
}

// chain lowers the nodes of c as one, or one by one if no kernel computes them together.
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
