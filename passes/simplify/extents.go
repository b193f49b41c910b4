package simplify

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// extentOf returns a value, of rank 0 or 1, with an extent that follows from those of the graph's inputs: one of them,
// or a sum or product of several (a cache and what is added to it). It returns nil if the extent does not follow.
func (s *shaper) extentOf(d graph.Dim, rank int, before *graph.Node) (*graph.Value, error) {
	if d.Known() {
		return s.m.Graph.AddConst("extent", numbers([]graph.Dim{d}, rank)), nil
	}
	key := fmt.Sprint("made of ", d, rank)
	if v := s.made[key]; v != nil {
		return v, nil
	}
	in, axis, rest, name := s.source(d)
	if in == nil {
		return nil, nil
	}
	v, err := s.extent(in, axis, rank, before)
	if err != nil || name == "" {
		return v, err
	}
	other, err := s.extentOf(rest, rank, before)
	if err != nil || other == nil {
		return nil, err
	}
	if v, err = s.node(name, []*graph.Value{v, other}, before, in.Name+"_extents"); err == nil {
		s.made[key] = v
	}
	return v, err
}

// source finds an axis of a graph input whose extent is d, or is combined with rest to d by the operator name, a sum or
// a product. rest then has a source too.
func (s *shaper) source(d graph.Dim) (in *graph.Value, axis int, rest graph.Dim, name string) {
	var extents []graph.Dim
	var places []place
	for _, v := range s.m.Graph.Inputs {
		if v.Const != nil {
			continue
		}
		for axis, e := range v.Type.Shape {
			if e.Equal(d) {
				return v, axis, graph.Unknown, ""
			}
			if !e.Known() && e.Named() {
				extents, places = append(extents, e), append(places, place{v, axis})
			}
		}
	}
	for i, e := range extents { // a product first: 196 times N is not a sum of 196 extents
		if rest, ok := d.Div(e); ok && s.sourced(rest) {
			return places[i].value, places[i].axis, rest, "Mul"
		}
	}
	for i, e := range extents {
		// The rest of a sum is a shorter expression. Others (N-2*N) would be taken apart endlessly.
		if rest := d.Sub(e); rest.Named() && len(rest.String()) < len(d.String()) && rest.Add(e).Equal(d) && s.sourced(rest) {
			return places[i].value, places[i].axis, rest, "Add"
		}
	}
	return nil, 0, graph.Unknown, ""
}

// sourced reports whether extentOf can compute d.
func (s *shaper) sourced(d graph.Dim) bool {
	if d.Known() {
		return true
	}
	in, _, _, _ := s.source(d)
	return in != nil
}

// place is an axis of a value.
type place struct {
	value *graph.Value
	axis  int
}

// read traces element at of a vector or scalar back to the axis whose extent it is. The place has no value if that
// cannot be seen.
func read(v *graph.Value, at int) place {
	for {
		n, _ := v.Def()
		if n == nil || n.Domain != "" || n.In(0) == nil || v.Type.Shape == nil || len(v.Type.Shape) > 1 || v.Type.DType != graph.Int64 && v.Type.DType != graph.Int32 {
			return place{}
		}
		switch n.Op {
		case "Shape":
			if len(n.Attrs) > 0 {
				return place{}
			}
			return place{n.In(0), at}
		case "Identity", "Cast", "Unsqueeze", "Squeeze", "Reshape":
			v = n.In(0)
		case "Gather":
			index, known := intsAt(n, 1)
			if !known || at >= len(index) || index[at] < 0 {
				return place{}
			}
			v, at = n.In(0), index[at]
		case "Slice":
			start, knownStart := intsAt(n, 1)
			step, knownStep := intsAt(n, 4)
			if n.Version < 10 || !knownStart || !knownStep || len(start) != 1 || start[0] < 0 || len(step) > 0 && step[0] != 1 {
				return place{}
			}
			v, at = n.In(0), at+start[0]
		case "Concat":
			var part *graph.Value
			for _, part = range n.Inputs() {
				size, known := part.Type.Shape.Elems().Value()
				if !known {
					return place{}
				}
				if at < size {
					break
				}
				at -= size
			}
			v = part
		default:
			return place{}
		}
	}
}

// opened returns the target of a Reshape of which two or more extents are known at run time only, as when rows of a
// matrix become samples and positions again. What follows the last of these is known: a Reshape that is added before
// gives it axes of its own, and the target only copies them. So a cut has nothing to rewrite in what is computed. It
// returns nil if that does not apply.
func (s *shaper) opened(n *graph.Node) ([]graph.Dim, error) {
	in, out := n.In(0).Type.Shape, n.Out(0).Type.Shape
	last := len(out) - 1
	for last > 0 && out[last].Known() {
		last--
	}
	if in == nil || last < 1 || last == len(out)-1 || n.Int("allowzero", 0) != 0 ||
		slices.ContainsFunc(out[:last], func(d graph.Dim) bool { return !s.sourced(d) }) {
		return nil, nil
	}
	tail := out[last+1:]
	if len(in) != len(out) || !slices.EqualFunc(in[last+1:], tail, graph.Dim.Equal) {
		first := slices.Concat(slices.Repeat([]graph.Dim{graph.Size(1)}, last), []graph.Dim{graph.Size(-1)}, tail)
		target := s.m.Graph.AddConst(n.Out(0).Name+"_rows_shape", numbers(first, 1))
		rows, err := s.node("Reshape", []*graph.Value{n.In(0), target}, n, n.Out(0).Name+"_rows")
		if err != nil {
			return nil, err
		}
		n.SetInput(0, rows)
		s.changed = true
	}
	copied := slices.Repeat([]graph.Dim{graph.Size(0)}, len(tail))
	return slices.Concat(out[:last], []graph.Dim{graph.Size(-1)}, copied), nil
}

// scaled states the scales of a Resize instead of sizes that are computed, if extents stay, or become known ones by a
// factor that float32 holds exactly, so that nothing changes. Scales of 1 need not follow a cut.
func (s *shaper) scaled(n *graph.Node) {
	in, out := n.In(0).Type.Shape, n.Out(0).Type.Shape
	if in == nil || len(in) != len(out) || n.Str("coordinate_transformation_mode", "") == "tf_crop_and_resize" || n.Str("keep_aspect_ratio_policy", "stretch") != "stretch" {
		return
	}
	axes := n.Ints("axes")
	if axes == nil {
		for d := range in {
			axes = append(axes, d)
		}
	}
	scales := make([]float32, len(axes))
	for i, d := range axes {
		if d < 0 {
			d += len(in)
		}
		if d < 0 || d >= len(in) {
			return
		}
		from, okFrom := in[d].Value()
		to, okTo := out[d].Value()
		switch {
		case in[d].Equal(out[d]):
			scales[i] = 1
		case okFrom && okTo && from > 0 && float64(float32(to)/float32(from))*float64(from) == float64(to):
			scales[i] = float32(to) / float32(from)
		default:
			return
		}
	}
	n.SetInput(2, s.m.Graph.AddConst(n.Out(0).Name+"_scales", graph.TensorOf(scales, len(scales))))
	n.TruncateInputs(3)
	s.changed = true
}
