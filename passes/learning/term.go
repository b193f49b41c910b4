package learning

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Kind says how a value is compared with the teacher's.
type Kind int

const (
	// Values compares by the mean of squared differences.
	Values Kind = iota
	// Scores compares by the Kullback-Leibler divergence of the softened distributions over the last axis, times the
	// temperature squared (Hinton, Vinyals and Dean, 2015, https://arxiv.org/abs/1503.02531).
	Scores
)

// Temperature softens scores.
const Temperature = 2

// Term is a part of the loss: a value of the network, compared with what a teacher computes there.
type Term struct {
	Value *graph.Value
	Kind  Kind
	// Weight is the factor of the term.
	Weight float64
}

// losses builds the terms of a loss.
type losses struct {
	graph *graph.Graph
	err   error
}

func (l *losses) add(name string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	out := l.graph.Fresh("loss")
	n, err := l.graph.NewNode(name, "", 18, in, []*graph.Value{out}, attrs...)
	if err == nil {
		err = op.Infer(n)
	}
	if err != nil && l.err == nil {
		l.err = err
	}
	return out
}

func (l *losses) number(x float64) *graph.Value {
	return l.graph.AddConst("loss.number", graph.TensorOf([]float32{float32(x)}))
}

func (l *losses) ints(v ...int64) *graph.Value {
	return l.graph.AddConst("loss.axes", graph.TensorOf(v, len(v)))
}

// flat reduces all axes of x to one number.
func (l *losses) flat(name string, x *graph.Value) *graph.Value {
	return l.add(name, []*graph.Value{l.add("Reshape", []*graph.Value{x, l.ints(-1)}), l.ints(0)}, graph.IntAttr("keepdims", 0))
}

// term returns the loss of one term, without its weight. Target has the extents of the student's value.
func (l *losses) term(t Term, target *graph.Value) (*graph.Value, error) {
	v := t.Value
	dims, known := v.Type.Shape.Ints()
	if !known || v.Type.DType != graph.Float32 {
		return nil, fmt.Errorf("value %q: want float32 of known extents, have %v", v.Name, v.Type)
	}
	if t.Kind == Values {
		d := l.add("Sub", []*graph.Value{v, target})
		return l.flat("ReduceMean", l.add("Mul", []*graph.Value{d, d})), l.err
	}
	softer := l.number(1. / Temperature)
	last := graph.IntAttr("axis", -1)
	have := l.add("LogSoftmax", []*graph.Value{l.add("Mul", []*graph.Value{v, softer})}, last)
	soft := l.add("Mul", []*graph.Value{target, softer})
	want, logs := l.add("Softmax", []*graph.Value{soft}, last), l.add("LogSoftmax", []*graph.Value{soft}, last)
	divergence := l.add("Mul", []*graph.Value{want, l.add("Sub", []*graph.Value{logs, have})})
	rows := 1
	for _, d := range dims[:len(dims)-1] {
		rows *= d
	}
	return l.add("Mul", []*graph.Value{l.flat("ReduceSum", divergence), l.number(Temperature * Temperature / float64(max(1, rows)))}), l.err
}
