package graph

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Diff returns an error that describes the first difference between two models, or nil if they are the same: header,
// names, order, types (except known elements), attributes and contents, bit for bit. It ignores Extra and takes NaNs in
// attributes as equal.
func Diff(a, b *Model) error {
	switch {
	case a.IRVersion != b.IRVersion:
		return fmt.Errorf("IR version %d and %d", a.IRVersion, b.IRVersion)
	case !maps.Equal(a.Opsets, b.Opsets):
		return fmt.Errorf("opsets %v and %v", a.Opsets, b.Opsets)
	case !slices.Equal(a.Metadata, b.Metadata):
		return fmt.Errorf("metadata %v and %v", a.Metadata, b.Metadata)
	}
	if len(a.Functions) != len(b.Functions) {
		return fmt.Errorf("%d functions and %d", len(a.Functions), len(b.Functions))
	}
	for i, f := range a.Functions {
		if err := diffFunctions(f, b.Functions[i]); err != nil {
			return fmt.Errorf("function %s: %w", f, err)
		}
	}
	return diffGraphs(a.Graph, b.Graph)
}

func diffFunctions(a, b *Function) error {
	switch {
	case a.id() != b.id():
		return fmt.Errorf("it is %s in the other", b)
	case !slices.Equal(a.Params, b.Params) || len(a.Defaults) != len(b.Defaults):
		return fmt.Errorf("attributes differ")
	case !maps.Equal(a.Opsets, b.Opsets):
		return fmt.Errorf("opsets %v and %v", a.Opsets, b.Opsets)
	}
	for i, x := range a.Defaults {
		if err := diffAttrs(x, b.Defaults[i]); err != nil {
			return fmt.Errorf("attribute %s: %w", x.Name, err)
		}
	}
	return diffGraphs(a.Body, b.Body)
}

func diffGraphs(a, b *Graph) error {
	if a == nil || b == nil {
		if a != b {
			return fmt.Errorf("a graph and none")
		}
		return nil
	}
	if a.Name != b.Name {
		return fmt.Errorf("graphs %q and %q", a.Name, b.Name)
	}
	if err := diffValues("inputs", a.Inputs, b.Inputs); err != nil {
		return err
	}
	if err := diffValues("initializers", a.Initializers, b.Initializers); err != nil {
		return err
	}
	if len(a.Nodes) != len(b.Nodes) {
		return fmt.Errorf("graph %q: %d nodes and %d", a.Name, len(a.Nodes), len(b.Nodes))
	}
	for i, n := range a.Nodes {
		if err := diffNodes(n, b.Nodes[i]); err != nil {
			return fmt.Errorf("node %d %s: %w", i, n.Label(), err)
		}
	}
	return diffValues("outputs", a.Outputs, b.Outputs)
}

func diffValues(what string, a, b []*Value) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d %s and %d", len(a), what, len(b))
	}
	for i, v := range a {
		w := b[i]
		switch {
		case v == nil || w == nil:
			if v != w {
				return fmt.Errorf("%s: %d is left out in one only", what, i)
			}
		case v.Name != w.Name:
			return fmt.Errorf("%s: %q and %q", what, v.Name, w.Name)
		case !v.Type.Same(w.Type):
			return fmt.Errorf("%s: %q is %v and %v", what, v.Name, v.Type, w.Type)
		default:
			if err := diffTensors(v.Const, w.Const); err != nil {
				return fmt.Errorf("%s: %q: %w", what, v.Name, err)
			}
		}
	}
	return nil
}

func diffTensors(a, b *Tensor) error {
	switch {
	case a == nil || b == nil:
		if a != b {
			return fmt.Errorf("contents and none")
		}
	case a.DType() != b.DType() || !slices.Equal(a.Shape(), b.Shape()):
		return fmt.Errorf("contents of type %v and %v", TypeOf(a), TypeOf(b))
	case a.DType() == String && !slices.Equal(Data[string](a), Data[string](b)), !bytes.Equal(a.Raw(), b.Raw()):
		return fmt.Errorf("contents differ")
	}
	return nil
}

func diffNodes(a, b *Node) error {
	switch {
	case a.Name != b.Name || a.callee() != b.callee() || a.Version != b.Version:
		return fmt.Errorf("it is %s of opset %d in the other", b.Label(), b.Version)
	case len(a.Attrs) != len(b.Attrs):
		return fmt.Errorf("%d attributes and %d", len(a.Attrs), len(b.Attrs))
	}
	if err := diffValues("inputs", a.inputs, b.inputs); err != nil {
		return err
	}
	if err := diffValues("outputs", a.outputs, b.outputs); err != nil {
		return err
	}
	for i, x := range a.Attrs {
		if err := diffAttrs(x, b.Attrs[i]); err != nil {
			return fmt.Errorf("attribute %s: %w", x.Name, err)
		}
	}
	return nil
}

func diffAttrs(a, b *Attr) error {
	same := func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y) || (x != x && y != y)
	}
	switch {
	case a.Name != b.Name || a.Kind != b.Kind || a.Ref != b.Ref:
		return fmt.Errorf("it is %s of kind %d in the other, here %d", b.Name, b.Kind, a.Kind)
	case !same(a.Float, b.Float) || a.Int != b.Int || a.String != b.String,
		!slices.EqualFunc(a.Floats, b.Floats, same), !slices.Equal(a.Ints, b.Ints), !slices.Equal(a.Strings, b.Strings):
		return fmt.Errorf("values differ")
	case len(a.Tensors) != len(b.Tensors) || len(a.Graphs) != len(b.Graphs) || (a.Graph == nil) != (b.Graph == nil):
		return fmt.Errorf("numbers of values differ")
	}
	for i, t := range append([]*Tensor{a.Tensor}, a.Tensors...) {
		if err := diffTensors(t, append([]*Tensor{b.Tensor}, b.Tensors...)[i]); err != nil {
			return err
		}
	}
	for i, g := range append([]*Graph{a.Graph}, a.Graphs...) {
		if err := diffGraphs(g, append([]*Graph{b.Graph}, b.Graphs...)[i]); err != nil {
			return err
		}
	}
	return nil
}
