package recovery

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
)

// fitted solves for the change of the weights from the moments of some rows, with all choices made.
type fitted func(*moments) []float64

// fit makes the choices of a method: it learns from the rows in train and judges on those in held.
// It returns nil if the weights should stay as they are.
type fit func(train, held *moments) fitted

const (
	// maxColumns bounds the Gram matrix, which takes 8 bytes times its square. Of a wider node only
	// the bias is repaired.
	maxColumns = 6144
	// chunk is how many numbers of x are held at a time.
	chunk = 1 << 21
	// drifted is the smallest relative error worth a repair.
	drifted = 1e-9
)

// way is what a method does at each node.
type way struct {
	// group solves for one group of a node.
	group func(p *problem, g int, train, held rows) outcome
	// columns is the most columns of a node whose weights change too, not its bias alone.
	columns int
	// alone compares a node with its counterpart whatever its result is added to.
	alone bool
	// mapping lets a fit with too few rows start from the original's weights applied to a linear
	// map of channels, see adopt.
	mapping bool
	// write stores weights and biases in the node; nil means Map.Write.
	write func(p *problem, weights, bias []float64)
}

// walk advances both networks in step. It repairs each linear node of the cut network before it
// runs, so that later nodes learn from what the repaired network feeds them.
func walk(ctx context.Context, in Input, how way) ([]Repair, error) {
	w := newWalker(in, how)
	unrepaired, err := w.heldOutputs(ctx)
	if err != nil {
		return nil, err
	}
	before := remember(in.Cut)
	if in.Outcome != nil {
		*in.Outcome = Outcome{}
	}
	var repairs []Repair
	err = w.walk(ctx, func(n, o *graph.Node) error {
		r, err := w.repair(n, o)
		if r != nil {
			repairs = append(repairs, *r)
		}
		return err
	})
	if err == nil {
		err = w.settle(unrepaired, before, repairs)
	}
	if in.Outcome != nil && len(repairs) > 0 {
		in.Outcome.Samples, in.Outcome.Fewest = repairs[len(repairs)-1].Samples, repairs[0].Samples
	}
	return repairs, err
}

// samples returns the number of samples that the networks hold.
func (w *walker) samples() (n int) {
	for _, b := range w.split.batches[:len(w.original.live)] {
		n += b.count
	}
	return n
}

func newWalker(in Input, how way) *walker {
	return &walker{
		Input: in, way: how, original: newNetwork(in.Original, in.Stepper), cut: newNetwork(in.Cut, in.Stepper),
		split: newSplit(batchesOf(in.Feeds)),
	}
}

// hold returns how many batches to hold once the given number of the original's nodes have run.
func (w *walker) hold(nodes int) int {
	switch all := len(w.split.batches); {
	case w.Hold == nil:
		return all
	default:
		return max(len(w.original.live), min(all, max(1, w.Hold(nodes))))
	}
}

// walk visits, in graph order, each linear node of the cut network that has a counterpart. The
// counterpart has just run, and the node has not run yet.
func (w *walker) walk(ctx context.Context, visit func(n, o *graph.Node) error) error {
	position := map[*graph.Node]int{}
	for i, n := range w.Original.Graph.Nodes {
		position[n] = i
	}
	nodes := slices.Clone(w.Cut.Graph.Nodes)
	for i, n := range nodes {
		o := counterpart(w.Original.Graph, n)
		if o == nil || linear.Of(n) == nil {
			continue
		}
		if err := w.original.advance(ctx, position[o]+1); err != nil {
			return fmt.Errorf("the original: %w", err)
		}
		if err := w.cut.advance(ctx, i); err != nil {
			return err
		}
		if err := w.feed(ctx, w.hold(position[o]+1)); err != nil {
			return err
		}
		if err := visit(n, o); err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
		if w.Progress != nil {
			w.Progress(i, len(nodes))
		}
	}
	if err := w.cut.finish(ctx); err != nil {
		return err
	}
	if w.Progress != nil {
		w.Progress(len(nodes), len(nodes))
	}
	if err := w.original.finish(ctx); err != nil {
		return fmt.Errorf("the original: %w", err)
	}
	return nil
}

// feed adds batches up to the given number to both networks.
func (w *walker) feed(ctx context.Context, batches int) error {
	if err := w.original.feed(ctx, w.Feeds, batches); err != nil {
		return fmt.Errorf("the original: %w", err)
	}
	return w.cut.feed(ctx, w.Feeds, batches)
}

// counterpart returns the node of g that computes what n computes, found by the name of its first
// output, or nil if there is none.
func counterpart(g *graph.Graph, n *graph.Node) *graph.Node {
	if n.Out(0) == nil {
		return nil
	}
	v := g.Value(n.Out(0).Name)
	if v == nil {
		return nil
	}
	if o, at := v.Def(); o != nil && at == 0 && o.Op == n.Op {
		return o
	}
	return nil
}

// walker repairs nodes as both networks reach them.
type walker struct {
	Input
	way
	original, cut *network
	split         split
}

// repair repairs n, which has yet to run, towards what o, which just ran, computed. It returns nil
// if there is nothing to repair.
func (w *walker) repair(n, o *graph.Node) (*Repair, error) {
	p := w.problem(n, o)
	if p == nil {
		return nil, nil
	}
	p.aim()
	if err := p.look(); err != nil {
		return nil, err
	}
	return p.solve(n.Title())
}

// problem returns n as a problem, or nil if the method cannot repair it.
func (w *walker) problem(n, o *graph.Node) *problem {
	l, full := linear.Of(n), linear.Of(o)
	if l == nil || full == nil || l.Opaque || full.Opaque || l.HasBias != full.HasBias || !computed(l.W().DType()) {
		return nil
	}
	if w.cut.at(l.X(), 0).DType() != graph.Float32 || !computed(o.Out(0).Type.DType) {
		return nil
	}
	p := &problem{walker: w, Map: l, full: full, counterpart: o, weights: l.Weights(), bias: l.Bias(), whole: l.Cols <= w.columns}
	if !p.whole && !l.HasBias {
		return nil
	}
	return p
}

// computed reports whether a repair computes with numbers of type d, in float32. What it writes is
// rounded to d again.
func computed(d graph.DType) bool { return d == graph.Float32 || d.IsHalf() }

// solve fits all groups and writes the changes that lower the error.
func (p *problem) solve(label string) (*Repair, error) {
	train, held := p.draw(label)
	before, adopted, err := p.adopt(label, train, held)
	if err != nil {
		return nil, err
	}
	s, err := p.solveGroups(train, held, func(g int) outcome { return p.group(p, g, train, held) })
	if err != nil {
		return nil, err
	}
	r := &Repair{Node: label, Before: s.before, After: s.after, Samples: p.samples(), Rows: count(train.of) + count(held.of), Taken: s.changed}
	if adopted {
		r.Before, r.Taken = before, true
	}
	if r.Before <= drifted*s.energy && !r.Taken {
		return nil, nil
	}
	r.relate(s.energy)
	if !r.Taken {
		return r, nil
	}
	if p.write != nil {
		p.write(p, s.weights, s.bias)
	} else {
		p.Write(s.weights, s.bias)
	}
	return r, nil
}

// solution is the result for all groups: energies on the held-out rows, and the weights and biases
// of the node with their changes.
type solution struct {
	energy, before, after float64
	weights, bias         []float64
	changed               bool
}

// solveGroups solves for each group, in parallel, and adds up the outcomes.
func (p *problem) solveGroups(train, held rows, solve func(g int) outcome) (*solution, error) {
	s := &solution{weights: slices.Clone(p.weights), bias: slices.Clone(p.bias)}
	groups := make([]outcome, p.Groups)
	passes.Parallel(p.Threads, p.Groups, func(g int) {
		groups[g] = solve(g)
		train.slabs[g], held.slabs[g] = nil, nil
	})
	for g, o := range groups {
		if o.err != nil {
			return nil, o.err
		}
		s.energy += o.energy
		s.before += o.before
		s.after += o.after
		if o.change != nil {
			p.change(s.weights, s.bias, g, o.change)
			s.changed = true
		}
	}
	return s, nil
}

// relate divides r's errors by the energy of what the node computes.
func (r *Repair) relate(energy float64) {
	if energy > 0 {
		r.Before, r.After = r.Before/energy, r.After/energy
	}
}

// change adds d, which has a row for each column of the group's moments, to the group's weights and
// bias.
func (p *problem) change(weights, bias []float64, g int, d []float64) {
	cols := len(d)/p.Outs - p.ones()
	for i := range p.Outs {
		for c := range cols {
			weights[(g*p.Outs+i)*p.Cols+c] += d[c*p.Outs+i]
		}
		if p.bias != nil {
			bias[g*p.Outs+i] += d[cols*p.Outs+i]
		}
	}
}
