package distil

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/learning"
	"github.com/pollard-dev/pollard/runtime"
)

// student is the cut network as it learns and as it is judged.
type student struct {
	input   Input
	one     map[string]*graph.Tensor // the inputs of one sample
	batch   int
	judged  int // samples judged at a time
	matches []match
	answers int64 // bytes of what is compared, of one sample
	bytes   int64 // a bound on what a step takes

	names             []string // of the weights
	weights           []learning.Weight
	tensors           []*graph.Tensor // their contents as they are fed
	learnt, fixed     int
	zeros             int
	learning, judging *learning.Network
	learner, judger   *runtime.Session
	out               map[string]*graph.Tensor
	scores            int // the match whose scores are compared for agreement, -1 if none
	outputs           map[string]*graph.Tensor
}

// newStudent finds what is compared, and the largest batch up to the given one that fits in memory.
func newStudent(in Input, one map[string]*graph.Tensor, batch int, s stage.Settings, halves bool) (*student, error) {
	n := &student{input: in, one: one, batch: batch, out: map[string]*graph.Tensor{}, outputs: map[string]*graph.Tensor{}, scores: -1}
	for {
		bytes, err := n.sizes()
		if err != nil {
			return nil, err
		}
		if n.bytes = bytes; bytes <= s.MemoryBound()*3/4 || n.batch == 1 || !halves {
			break
		}
		n.batch = (n.batch + 1) / 2
	}
	if n.bytes > s.MemoryBound() {
		return nil, fmt.Errorf("a step of %d samples takes about %d bytes, more than half of --max-memory, which is %d",
			n.batch, n.bytes, s.MemoryBound())
	}
	n.judged = n.batch
	if held := in.Data.Count() / folds; halves {
		n.judged = min(n.batch, held)
	}
	return n, n.choose()
}

// dims returns the extents of inputs for that many samples.
func (n *student) dims(batch int) map[string][]int {
	all := map[string][]int{}
	for name, t := range n.one {
		d := slices.Clone(t.Shape())
		if len(d) > 0 {
			d[0] = batch
		}
		all[name] = d
	}
	return all
}

// sizes estimates what a step takes: every value of the forward pass, and about as many again of the backward pass, half of
// which are alive at a time.
func (n *student) sizes() (int64, error) {
	m, _, err := learning.Typed(n.input.Cut, n.dims(n.batch))
	if err != nil {
		return 0, err
	}
	var forward, most int64
	for _, node := range m.Graph.Nodes {
		for _, v := range node.Outputs() {
			if v == nil || slices.Contains([]string{"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast"}, node.Op) {
				continue
			}
			elems, _ := v.Type.Shape.Elems().Int64()
			forward += 4 * elems
			most = max(most, 4*elems)
		}
	}
	var weights int64
	for _, v := range m.Graph.Initializers {
		weights += v.Const.Bytes()
	}
	return forward + forward/4 + 6*most + 7*weights, nil // values, gradients, moments, the average, the best
}

// choose finds the matches.
func (n *student) choose() error {
	original, copies, err := learning.Typed(n.input.Original, n.dims(n.batch))
	if err != nil {
		return err
	}
	cut, _, err := learning.Typed(n.input.Cut, n.dims(n.batch))
	if err != nil {
		return err
	}
	back := map[*graph.Value]*graph.Value{}
	for from, to := range copies {
		back[to] = from
	}
	of := func(v *graph.Value) *graph.Value { return back[v] }
	n.matches = n.choices(original, cut, of)
	if len(n.matches) == 0 {
		return fmt.Errorf("nothing to compare: no output of the model is float32 with an axis of samples")
	}
	for i := range n.matches {
		m := &n.matches[i]
		elems, _ := cut.Graph.Value(m.name).Type.Shape.Elems().Int64()
		n.answers += 4 * elems / int64(n.batch)
		if m.kind == learning.Scores && n.scores < 0 {
			n.scores = i
		}
		m.dims, _ = m.teacher.Type.Shape.Ints()
		m.teacher = of(m.teacher)
	}
	weights, rest := learning.Learnable(n.input.Cut.Graph)
	if len(weights) == 0 {
		return fmt.Errorf("no weight of the model can learn: none is a float32 weight of an operator with a gradient")
	}
	n.fixed = rest
	for _, v := range weights {
		values := slices.Clone(graph.Data[float32](v.Const))
		w := learning.Weight{Value: values, Decays: len(v.Const.Shape()) > 1}
		if n.input.Zeros {
			w.Zero = make([]bool, len(values))
			for i, x := range values {
				if w.Zero[i] = x == 0; x == 0 {
					n.zeros++
				}
			}
		}
		n.names, n.weights = append(n.names, v.Name), append(n.weights, w)
		n.tensors = append(n.tensors, graph.TensorOf(values, v.Const.Shape()...))
		n.learnt += len(values)
	}
	return n.build()
}

// network makes the graph for batches of that size, with terms weighted by scales.
func (n *student) network(batch int, scales []float64, learns bool) (*learning.Network, error) {
	m, _, err := learning.Typed(n.input.Cut, n.dims(batch))
	if err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	for _, t := range n.matches {
		kept[t.name] = true
	}
	if err := runtime.Fuse(m, kept); err != nil {
		return nil, err
	}
	var terms []learning.Term
	for i, t := range n.matches {
		terms = append(terms, learning.Term{Value: m.Graph.Value(t.name), Kind: t.kind, Weight: t.weight * scales[i]})
	}
	var weights []*graph.Value
	for _, name := range n.names {
		weights = append(weights, m.Graph.Value(name))
	}
	return learning.Build(m, terms, weights, learns)
}

// build finds, with terms of any weight, which gradients there are.
func (n *student) build() error {
	ones := slices.Repeat([]float64{1}, len(n.matches))
	l, err := n.network(n.batch, ones, true)
	if err != nil {
		return err
	}
	any := false
	for i, g := range l.Gradients {
		if g == "" {
			n.learnt -= len(n.weights[i].Value)
			n.fixed += len(n.weights[i].Value)
			continue
		}
		any = true
	}
	if !any {
		return fmt.Errorf("no weight can learn: %s", l.Stops[len(l.Stops)-1].Reason)
	}
	n.learning = l
	return nil
}

func (n *student) stops() (all []report.DistilStop) {
	for _, s := range n.learning.Stops {
		all = append(all, report.DistilStop{Node: s.Node.Title(), Reason: s.Reason})
	}
	return all
}

// compile prepares both graphs to run.
func (n *student) compile(scales []float64, threads int) (err error) {
	if n.learning, err = n.network(n.batch, scales, true); err != nil {
		return err
	}
	if n.judging, err = n.network(n.judged, scales, false); err != nil {
		return err
	}
	if n.learner, err = runtime.Compile(n.learning.Model, runtime.Options{Threads: threads}); err != nil {
		return err
	}
	n.judger, err = runtime.Compile(n.judging.Model, runtime.Options{Threads: threads})
	return err
}

// feed returns the inputs of a network: samples, the original's answers and weights.
func (n *student) feed(net *learning.Network, feeds map[string]*graph.Tensor, answers, weights []*graph.Tensor) map[string]*graph.Tensor {
	all := map[string]*graph.Tensor{}
	for name, t := range feeds {
		all[name] = t
	}
	for i, name := range net.Targets {
		all[name] = answers[i]
	}
	for i, name := range net.Weights {
		all[name] = weights[i]
	}
	return all
}

// learn computes the loss of a batch and the gradients of all weights.
func (n *student) learn(ctx context.Context, feeds map[string]*graph.Tensor, answers []*graph.Tensor) (float64, error) {
	if err := n.learner.RunInto(ctx, n.feed(n.learning, feeds, answers, n.tensors), n.out); err != nil {
		return 0, err
	}
	for i, name := range n.learning.Gradients {
		if name != "" {
			n.weights[i].Gradient = graph.Data[float32](n.out[name])
		}
	}
	return float64(graph.Data[float32](n.out[n.learning.Loss])[0]), nil
}

// judge computes the loss of samples for some weights, and on how many rows of scores the largest is the original's.
func (n *student) judge(ctx context.Context, feeds map[string]*graph.Tensor, answers []*graph.Tensor, values [][]float32) (
	loss float64, same, rows int, err error) {
	weights := make([]*graph.Tensor, len(values))
	for i, v := range values {
		weights[i] = graph.TensorOf(v, n.tensors[i].Shape()...)
	}
	if err := n.judger.RunInto(ctx, n.feed(n.judging, feeds, answers, weights), n.outputs); err != nil {
		return 0, 0, 0, err
	}
	loss = float64(graph.Data[float32](n.outputs[n.judging.Loss])[0])
	if n.scores < 0 {
		return loss, 0, 0, nil
	}
	have := n.outputs[n.matches[n.scores].name]
	if have == nil {
		return loss, 0, 0, nil
	}
	x, y := graph.Data[float32](have), graph.Data[float32](answers[n.scores])
	width := have.Shape()[have.Rank()-1]
	for i := 0; i+width <= len(x); i += width {
		if largest(x[i:i+width]) == largest(y[i:i+width]) {
			same++
		}
		rows++
	}
	return loss, same, rows, nil
}

func largest(v []float32) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}

// values returns the weights as they are now.
func (n *student) values() [][]float32 {
	var all [][]float32
	for _, w := range n.weights {
		all = append(all, w.Value)
	}
	return all
}

// write sets the weights of the cut model.
func (n *student) write(values [][]float32) {
	g := n.input.Cut.Graph
	for i, name := range n.names {
		if n.learning.Gradients[i] != "" {
			g.SetConst(g.Value(name), graph.TensorOf(slices.Clone(values[i]), n.tensors[i].Shape()...))
		}
	}
}
