package recovery

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// Every linear node of every operator's fixture: the columns times the weights plus the bias
// are what the node computes, and what write puts there is computed from then on.
func TestColumnsTimesWeightsIsWhatTheNodeComputes(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, o := range all {
		if err := op.InferGraph(o.Model.Graph); err != nil {
			continue
		}
		for i := range o.Model.Graph.Nodes {
			m, _ := o.Model.Clone()
			n := m.Graph.Nodes[i]
			l, err := asLinear(n)
			if err != nil {
				t.Fatal(err)
			}
			if l == nil {
				continue
			}
			net, err := newNetwork(m, runtime.NewStepper(1), []map[string]*graph.Tensor{fixtures.Feeds(m, 3)})
			if err != nil {
				t.Fatal(err)
			}
			for net.next <= i {
				if err := net.step(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			seen[n.Op]++
			checkLinear(t, o.Name+" "+n.Out(0).Name, l, net)
		}
	}
	for _, name := range []string{"Conv", "Gemm", "MatMul", "BatchNormalization"} {
		if seen[name] < 1 {
			t.Errorf("%d fixtures show %s as a linear node", seen[name], name)
		}
	}
}

// checkLinear compares the node's output with its columns times its weights, as they are and changed.
func checkLinear(t *testing.T, name string, l *linear, net *network) {
	t.Helper()
	x := net.at(l.node.In(0), 0)
	r := rand.New(rand.NewPCG(1, 2))
	for _, round := range []string{"as it is", "changed"} {
		in := []*graph.Tensor{x}
		for _, v := range l.node.Inputs()[1:] {
			in = append(in, constOf(v))
		}
		out, err := net.stepper.Step(t.Context(), l.node, in)
		if err != nil {
			t.Fatal(err)
		}
		if l.result != l.node.Out(0) { // the bias lies behind
			d, _ := l.result.Def()
			in := []*graph.Tensor{out[0], constOf(d.In(1))}
			if d.In(0) != l.node.Out(0) {
				in = []*graph.Tensor{constOf(d.In(0)), out[0]}
			}
			if out, err = net.stepper.Step(t.Context(), d, in); err != nil {
				t.Fatal(err)
			}
		}
		y := floats(out[0])
		rows := make([]int, out[0].Len()/(l.groups*l.outs))
		for i := range rows {
			rows[i] = i
		}
		cols := make([]float64, len(rows)*l.cols)
		for g := range l.groups {
			if err := l.form.inputs(cols, l.cols, x, g, rows); err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				at, stride := l.form.output(out[0], row)
				for j := range l.outs {
					k := g*l.outs + j
					want := 0.0
					if l.bias != nil {
						want = l.bias[k]
					}
					for c := range l.cols {
						want += cols[row*l.cols+c] * l.weights[k*l.cols+c]
					}
					if have := y[at+k*stride]; math.Abs(have-want) > 1e-4*(1+math.Abs(want)) {
						t.Fatalf("%s, %s: row %d output %d: have %g, want %g", name, round, row, k, have, want)
					}
				}
			}
		}
		l.weights = normal(r, len(l.weights))
		if l.bias != nil {
			l.bias = normal(r, len(l.bias))
		}
		if err := l.form.write(l.weights, l.bias); err != nil {
			t.Fatal(err)
		}
	}
}

func constOf(v *graph.Value) *graph.Tensor {
	if v == nil {
		return nil
	}
	return v.Const
}
