package recovery

import (
	"context"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/runtime"
)

// constants is a network with nodes that compute the same in every batch: two in a row, one with two readers, and one that is an
// output of the model.
const constants = `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,4] x, float[N,4] late, float[6,4] w_1, float[6,5] w_2, float[5] w_b) => (float[N,5] y, float[N,6] early, float[5] shown)
{
   t = Transpose<perm = [1, 0]>(w_1)
   n = Neg(t)
   s = Abs(w_b)
   shown = Sqrt(s)
   a = MatMul(x, n)
   early = Relu(a)
   b = MatMul(late, t)
   c = Add(early, b)
   d = MatMul(c, w_2)
   y = Add(d, s)
}`

// recorder notes the nodes of each step.
type recorder struct {
	passes.Stepper
	steps [][]*graph.Node
}

func (r *recorder) Step(ctx context.Context, m *graph.Model, nodes []*graph.Node, wanted []*graph.Value, batches iter.Seq2[map[*graph.Value]*graph.Tensor, error]) error {
	r.steps = append(r.steps, slices.Clone(nodes))
	return r.Stepper.Step(ctx, m, nodes, wanted, batches)
}

// same reports whether v is the same in every batch: nothing that it comes of is an input.
func same(v *graph.Value) bool {
	def, _ := v.Def()
	if def == nil {
		return v.IsConstant()
	}
	return !slices.ContainsFunc(def.Reads(), func(r *graph.Value) bool { return r != nil && !same(r) })
}

// However many nodes it runs at a time, a network holds the outputs of the model, what the last node reads and computes, what
// later nodes read, and nothing else. Each node runs once. Those that compute the same in every batch run with the nodes that
// read them, or if they are outputs of the model.
func TestANetworkHoldsWhatIsYetToBeRead(t *testing.T) {
	texts := map[string]string{"constants": constants, "unread": `<ir_version: 8, opset_import: ["": 13]> net (float[N,4] x) => (float[N,4] y) { u = Abs(x)  y = Neg(x) }`}
	maps.Copy(texts, networks)
	for name, text := range texts {
		m := weighted(t, text)
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		feeds := feedsOf(m, 2, 3, 1)
		contents := watched(t, m, feeds)
		nodes := m.Graph.Nodes
		for stride := 1; stride <= len(nodes); stride++ {
			r := &recorder{Stepper: runtime.NewStepper(1)}
			n := newNetwork(m, r)
			if err := n.feed(t.Context(), feeds, len(feeds)); err != nil {
				t.Fatal(err)
			}
			for end := stride; end <= len(nodes); end += stride {
				steps := len(r.steps)
				if err := n.advance(t.Context(), end); err != nil {
					t.Fatal(err)
				}
				if n.next != end {
					t.Fatalf("%s: at %d, want %d", name, n.next, end)
				}
				if run, want := slices.Concat(r.steps[steps:]...), toRun(nodes, end-stride, end); !slices.Equal(run, want) {
					t.Errorf("%s: from %d to %d: %d nodes run, want %d", name, end-stride, end, len(run), len(want))
				}
				for b := range feeds {
					held(t, n, b, end, contents)
				}
			}
			steps := len(r.steps)
			if err := n.advance(t.Context(), n.next); err != nil || len(r.steps) != steps {
				t.Errorf("%s: nothing is left, and %d steps are made (%v)", name, len(r.steps)-steps, err)
			}
			if err := n.finish(t.Context()); err != nil {
				t.Fatal(err)
			}
			for b, live := range n.live {
				for v := range live {
					if !v.IsOutput() {
						t.Errorf("%s: %s is held in the end", name, v.Name)
					}
				}
				for _, v := range m.Graph.Outputs {
					if x := n.at(v, b); x == nil || apart(linear.Floats(x), linear.Floats(contents[v.Name][b])) > 1e-5 {
						t.Errorf("%s: output %s is wrong in the end", name, v.Name)
					}
				}
			}
		}
	}
}

// toRun returns the nodes in a range that depend on the batch or are outputs of the model, and the constant nodes that they need.
func toRun(nodes []*graph.Node, from, end int) []*graph.Node {
	wanted := map[*graph.Node]bool{}
	for i := end - 1; i >= 0; i-- {
		d := nodes[i]
		mine := i >= from && (!same(d.Out(0)) || d.Out(0).IsOutput())
		for _, later := range nodes[i+1 : end] {
			if wanted[later] && same(d.Out(0)) && slices.Contains(later.Reads(), d.Out(0)) {
				mine = true
			}
		}
		wanted[d] = mine
	}
	return slices.DeleteFunc(slices.Clone(nodes), func(d *graph.Node) bool { return !wanted[d] })
}

// held compares what a network holds before node number end with what it should hold, and with a run of the whole model.
func held(t *testing.T, n *network, batch, end int, contents map[string][]*graph.Tensor) {
	t.Helper()
	nodes := n.model.Graph.Nodes
	for _, v := range values(n.model.Graph) {
		def, _ := v.Def()
		at := slices.Index(nodes, def)
		there := def == nil && !v.IsConstant() || def != nil && at < end && (!same(v) || v.IsOutput())
		read := slices.ContainsFunc(nodes[end-1:], func(d *graph.Node) bool { return slices.Contains(d.Reads(), v) })
		want := there && (read || at == end-1 && def != nil || v.IsOutput())
		if have := n.live[batch][v] != nil; have != want {
			t.Errorf("behind %d nodes %s is held: %v, want %v", end, v.Name, have, want)
			continue
		}
		if n.has(v) != want {
			t.Errorf("behind %d nodes %s is at hand: %v", end, v.Name, n.has(v))
		}
		if want && apart(linear.Floats(n.at(v, batch)), linear.Floats(contents[v.Name][batch])) > 1e-5 {
			t.Errorf("behind %d nodes %s is wrong", end, v.Name)
		}
		if v.Const != nil && n.at(v, batch) != v.Const {
			t.Errorf("%s is not its constant", v.Name)
		}
	}
}

// values returns the inputs, the initializers and the outputs of all nodes of g.
func values(g *graph.Graph) []*graph.Value {
	all := slices.Concat(g.Inputs, g.Initializers)
	for _, d := range g.Nodes {
		for _, v := range d.Outputs() {
			if v != nil {
				all = append(all, v)
			}
		}
	}
	return all
}

// A network without batches holds nothing, and a nil value has no contents.
func TestANetworkWithoutBatchesHoldsNothing(t *testing.T) {
	m := weighted(t, constants)
	n := newNetwork(m, runtime.NewStepper(1))
	if n.has(m.Graph.Inputs[0]) || n.has(nil) || n.at(nil, 0) != nil {
		t.Error("something is at hand")
	}
}

// Progress counts, after each node that is linear and has a counterpart, the nodes before it, and all in the end.
func TestProgressCountsTheNodesBefore(t *testing.T) {
	for name, text := range networks {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 1, 6, 1)
		// One node has another name than in the original, and no counterpart.
		for _, n := range in.Cut.Graph.Nodes[1:] {
			if linear.Of(n) != nil && !n.Out(0).IsOutput() {
				n.Out(0).Name += " of the cut"
				break
			}
		}
		var want, have [][2]int
		for i, n := range in.Cut.Graph.Nodes {
			if linear.Of(n) != nil && in.Original.Graph.Value(n.Out(0).Name) != nil {
				want = append(want, [2]int{i, len(in.Cut.Graph.Nodes)})
			}
		}
		want = append(want, [2]int{len(in.Cut.Graph.Nodes), len(in.Cut.Graph.Nodes)})
		in.Progress = func(done, total int) { have = append(have, [2]int{done, total}) }
		w := newWalker(in, way{})
		visited := 0
		err := w.walk(t.Context(), func(n, o *graph.Node) error {
			visited++
			if n.Out(0).Name != o.Out(0).Name || !w.original.has(o.Out(0)) || !w.cut.has(linear.Of(n).X()) || w.cut.has(n.Out(0)) {
				t.Errorf("%s: %s is not between what it reads and what it computes", name, n.Title())
			}
			return nil
		})
		if err != nil || !slices.Equal(have, want) || visited != len(want)-1 {
			t.Errorf("%s: want %v, have %v (%v)", name, want, have, err)
		}
	}
}

// A counterpart computes the value of the same name, first of all, by the same operator.
func TestCounterpartsAreOfTheSameNameAndOperator(t *testing.T) {
	parse := func(nodes string) *graph.Graph {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["": 13]> net (float[4,4] x, int64[2] k) => (float[4,4] y) { ` + nodes + ` y = Neg(x) }`)
		if err != nil {
			t.Fatal(err)
		}
		return m.Graph
	}
	for _, c := range []struct {
		cut, original string
		want          bool
	}{
		{"a = Relu(x)", "b = Relu(x) a = Relu(b)", true},
		{"a = Relu(x)", "a = Abs(x)", false},
		{"a = Relu(x)", "b = Relu(x)", false},
		{"x2 = Relu(x)", "a, x2 = Split(x)", false},
		{"x2, a = Split(x)", "a, x2 = Split(x)", false},
		{"a, x2 = Split(x)", "a, b = Split(x)", true},
	} {
		n, g := parse(c.cut).Nodes[0], parse(c.original)
		o := counterpart(g, n)
		if (o != nil) != c.want || o != nil && (o.Out(0).Name != n.Out(0).Name || o.Op != n.Op) {
			t.Errorf("%s in %s: have %v", c.cut, c.original, o)
		}
	}
	// An input of that name is computed by no node.
	n := parse("a = Relu(x)").Nodes[0]
	n.Out(0).Name = "k"
	if counterpart(parse(""), n) != nil {
		t.Error("an input is a counterpart")
	}
}
