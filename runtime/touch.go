package runtime

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// touch records, for every move, the values that its operands hold. Several values may be views of
// one slot; touch picks the one with the operand's extents. For nodes that are computed together,
// the first one's output stands for the last one's, which has the same extents.
func (b *builder) touch() {
	in := map[int][]*graph.Value{}
	for _, v := range b.graph.Values() {
		if o, ok := b.values[v]; ok && o.slot >= 0 {
			in[o.slot] = append(in[o.slot], v)
		}
	}
	held := func(o operand) *graph.Value {
		at := o.slot
		for {
			from, other := b.from[at]
			if len(in[at]) > 0 || !other {
				break
			}
			at = from
		}
		for _, v := range in[at] {
			if slices.Equal(b.values[v].Dims, o.Dims) {
				return v
			}
		}
		if len(in[at]) > 0 {
			return in[at][0]
		}
		return nil
	}
	for _, m := range b.moves {
		var values []*graph.Value
		for _, o := range m.in {
			values = append(values, held(o))
		}
		for i, o := range m.out {
			v := m.node.Out(i)
			if m.name == reorders || v == nil || !slices.Equal(arrayOf(v.Type).Dims, o.Dims) {
				v = held(o)
			}
			values = append(values, v)
		}
		values = slices.DeleteFunc(values, func(v *graph.Value) bool { return v == nil })
		b.touched = append(b.touched, values)
	}
}
