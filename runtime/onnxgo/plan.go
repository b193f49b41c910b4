package onnxgo

import (
	"context"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// plan is the decoded model, compiled.
type plan struct {
	session *runtime.Session
	fed     []*cell
	fixed   map[*cell]int // constants, and how often each had been set
	results []*cell
}

// Run computes the model from the tensors that its inputs hold. Tensors set while the model was
// decoded are taken as constants until they are set again.
func (b *Backend) Run() error { return b.RunContext(context.Background()) }

// RunContext is like Run, but stops between operators when ctx is done.
func (b *Backend) RunContext(ctx context.Context) error {
	if b.plan == nil || b.plan.stale() {
		p, err := b.compile()
		if err != nil {
			return err
		}
		b.plan = p
	}
	feeds := make(map[string]*graph.Tensor, len(b.plan.fed))
	for _, c := range b.plan.fed {
		t, err := fromTensor(c.value)
		if err != nil {
			return fmt.Errorf("input %q: %w", c.name, err)
		}
		feeds[c.name] = t
	}
	out, err := b.plan.session.Run(ctx, feeds)
	if err != nil {
		return err
	}
	values := make([]tensor.Tensor, len(b.plan.results))
	for i, c := range b.plan.results {
		if values[i], err = toTensor(out[c.name]); err != nil {
			return fmt.Errorf("output %q: %w", c.name, err)
		}
	}
	for i, c := range b.plan.results {
		c.value = values[i]
	}
	return nil
}

// stale reports whether a constant was set after the plan was made.
func (p *plan) stale() bool {
	for c, sets := range p.fixed {
		if c.sets != sets {
			return true
		}
	}
	return false
}

func (b *Backend) compile() (*plan, error) {
	p := &plan{fixed: map[*cell]int{}}
	m := graph.NewModel(b.Opset)
	values := map[*cell]*graph.Value{}
	for _, o := range b.operations {
		for _, c := range o.inputs {
			if c == nil || values[c] != nil || c.computed {
				continue
			}
			v, err := p.source(m.Graph, c)
			if err != nil {
				return nil, err
			}
			values[c] = v
		}
	}
	used := map[*cell]bool{}
	for _, o := range b.operations {
		for _, c := range o.inputs {
			used[c] = true
		}
	}
	for _, o := range b.operations {
		if err := o.add(m, values); err != nil {
			return nil, err
		}
		for _, c := range o.outputs {
			if c != nil && (c.declared || !used[c]) {
				m.Graph.Outputs = append(m.Graph.Outputs, values[c])
				p.results = append(p.results, c)
			}
		}
	}
	if err := m.Graph.Sort(); err != nil {
		return nil, err
	}
	var err error
	p.session, err = runtime.Compile(m, b.Options)
	return p, err
}

// source returns the value of a cell that nothing computes: an input or a constant.
func (p *plan) source(g *graph.Graph, c *cell) (*graph.Value, error) {
	if c.value == nil {
		return nil, fmt.Errorf("value %q: nothing computes it and no tensor was set", c.name)
	}
	t, err := fromTensor(c.value)
	if err != nil {
		return nil, fmt.Errorf("value %q: %w", c.name, err)
	}
	v, err := g.NewValue(c.name)
	if err != nil {
		return nil, err
	}
	if c.late {
		v.Type = graph.TensorType(t.DType(), nil)
		g.AddInput(v)
		p.fed = append(p.fed, c)
		return v, nil
	}
	g.SetConst(v, t)
	p.fixed[c] = c.sets
	return v, nil
}

// add adds the operation's node to the model.
func (o *operation) add(m *graph.Model, values map[*cell]*graph.Value) error {
	value := func(c *cell) (*graph.Value, error) {
		if c == nil || values[c] != nil {
			return values[c], nil
		}
		v, err := m.Graph.NewValue(c.name)
		values[c] = v
		return v, err
	}
	var ends [2][]*graph.Value
	for i, cells := range [][]*cell{o.inputs, o.outputs} {
		for _, c := range cells {
			v, err := value(c)
			if err != nil {
				return err
			}
			ends[i] = append(ends[i], v)
		}
	}
	_, err := m.Graph.NewNode(o.name, "", m.Opsets[""], ends[0], ends[1], slices.Clone(o.attributes)...)
	return err
}
