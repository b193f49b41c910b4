package simplify

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// minUnfolded is the size in bytes from which a constant is worth two nodes.
const minUnfolded = 1024

// Unfold makes m smaller: constants that repeat themselves along axes, as what folding makes of an Expand does, are
// written once and expanded when the model is loaded. So are the columns of indices, of which each usually varies along
// one axis only. Constants with the given names, those that the file had before it was simplified, are left alone. It
// returns how many bytes that saves.
func Unfold(m *graph.Model, given map[string]bool) (saved int64, err error) {
	version := m.Opsets[""]
	if version < 8 { // Expand is new there
		return 0, nil
	}
	for _, g := range inside(m.Graph) {
		held := branchOutputs(g)
		for _, v := range slices.Clone(g.Initializers) {
			t := v.Const
			if given[v.Name] || held[v] || v.IsOutput() || v.IsInput() || t.DType().Bits() < 8 || t.Bytes() < minUnfolded {
				continue
			}
			parts, axis := columns(t)
			once, size := make([]*graph.Tensor, len(parts)), int64(0)
			for i, p := range parts {
				if once[i], err = unrepeated(p); err != nil {
					return saved, fmt.Errorf("initializer %q: %w", v.Name, err)
				}
				size += once[i].Bytes() + 8*int64(p.Rank())
			}
			if 2*size > t.Bytes() {
				continue
			}
			if err := unfold(g, v, once, parts, axis, version); err != nil {
				return saved, err
			}
			saved += t.Bytes() - size
		}
		if err := g.Sort(); err != nil {
			return saved, err
		}
	}
	return saved, nil
}

// unfold replaces v by the concatenation of parts, each expanded from what of it is written once.
func unfold(g *graph.Graph, v *graph.Value, once, parts []*graph.Tensor, axis, version int) error {
	made := make([]*graph.Value, len(parts))
	for i, p := range parts {
		made[i] = g.AddConst(v.Name+"_once", once[i])
		if slices.Equal(once[i].Shape(), p.Shape()) {
			continue
		}
		var shape []int64
		for _, n := range p.Shape() {
			shape = append(shape, int64(n))
		}
		out := g.Fresh(v.Name + "_expanded")
		out.Type = graph.TypeOf(p)
		if _, err := g.NewNode("Expand", "", version, []*graph.Value{made[i], g.AddConst(v.Name+"_shape", graph.TensorOf(shape, len(shape)))}, []*graph.Value{out}); err != nil {
			return err
		}
		made[i] = out
	}
	whole := made[0]
	if len(made) > 1 {
		whole = g.Fresh(v.Name + "_whole")
		whole.Type = v.Type
		if _, err := g.NewNode("Concat", "", version, made, []*graph.Value{whole}, graph.IntAttr("axis", axis)); err != nil {
			return err
		}
	}
	g.ReplaceUses(v, whole)
	return g.RemoveValue(v)
}

// maxColumns is the most positions of a last axis that are taken for columns of indices.
const maxColumns = 8

// columns takes integers apart along a short last axis. Anything else is one part.
func columns(t *graph.Tensor) (parts []*graph.Tensor, axis int) {
	axis = t.Rank() - 1
	if !t.DType().IsInt() || t.Rank() < 2 || t.Shape()[axis] < 2 || t.Shape()[axis] > maxColumns {
		return []*graph.Tensor{t}, 0
	}
	count, size := t.Shape()[axis], t.DType().Bits()/8
	shape := slices.Clone(t.Shape())
	shape[axis] = 1
	raw := t.Raw()
	for c := range count {
		var own []byte
		for at := c * size; at < len(raw); at += count * size {
			own = append(own, raw[at:at+size]...)
		}
		p, err := graph.FromRaw(t.DType(), shape, own)
		if err != nil {
			return []*graph.Tensor{t}, 0
		}
		parts = append(parts, p)
	}
	return parts, axis
}

// unrepeated returns t with one position of each axis along which all positions are the same.
func unrepeated(t *graph.Tensor) (*graph.Tensor, error) {
	shape, raw := slices.Clone(t.Shape()), t.Raw()
	for axis, n := range shape {
		if n < 2 {
			continue
		}
		inner := t.DType().Bits() / 8
		for _, d := range shape[axis+1:] {
			inner *= d
		}
		same := inner > 0
		var once []byte
		for at := 0; same && at < len(raw); at += n * inner {
			first := raw[at : at+inner]
			for k := 1; same && k < n; k++ {
				same = bytes.Equal(first, raw[at+k*inner:][:inner])
			}
			once = append(once, first...)
		}
		if same {
			shape[axis], raw = 1, once
		}
	}
	return graph.FromRaw(t.DType(), shape, raw)
}
