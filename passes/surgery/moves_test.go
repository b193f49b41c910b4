package surgery_test

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func concat(w *grower, v *graph.Value) []*graph.Value {
	s := v.Type.Shape
	if len(s) == 0 {
		return w.unfit()
	}
	axis := w.draw(len(s))
	parts := values(v)
	for range 1 + w.draw(2) {
		parts = append(parts, w.some(func(u *graph.Value) bool {
			t := u.Type.Shape.Clone()
			if !isFloat(u) || len(t) != len(s) || !t[axis].Known() {
				return false
			}
			t[axis] = s[axis]
			return t.Equal(s)
		}))
	}
	parts = slices.DeleteFunc(parts, func(u *graph.Value) bool { return u == nil })
	if w.draw(2) == 0 {
		slices.Reverse(parts)
	}
	return values(w.node("Concat", parts, graph.IntAttr("axis", axis)))
}

func (w *grower) inside(v *graph.Value) (axis, size int) {
	var all []int
	for i, d := range v.Type.Shape {
		if n, known := d.Value(); known && n > 1 {
			all = append(all, i)
		}
	}
	if len(all) == 0 {
		w.fail(errUnfit)
		return 0, 2
	}
	axis = all[len(all)-1-w.draw(len(all))]
	size, _ = v.Type.Shape[axis].Value()
	return axis, size
}

func split(w *grower, v *graph.Value) []*graph.Value {
	axis, size := w.inside(v)
	at := graph.IntAttr("axis", axis)
	count := 2 + w.draw(2)
	if w.m.Opsets[""] < 13 || size%count == 0 && w.draw(2) == 0 {
		attrs := []*graph.Attr{at}
		if w.m.Opsets[""] >= 18 {
			attrs = append(attrs, graph.IntAttr("num_outputs", count))
		}
		return w.nodes("Split", count, values(v), attrs...)
	}
	head := 1 + w.draw(size-1)
	return w.nodes("Split", 2, values(v, w.ints(head, size-head)), at)
}

func slice(w *grower, v *graph.Value) []*graph.Value {
	axis, size := w.inside(v)
	start, step := w.draw(size), 1+w.draw(2)
	end := start + 1 + w.draw(size-start)
	return values(w.node("Slice", values(v, w.ints(start), w.ints(end), w.ints(axis), w.ints(step))))
}

func reshape(w *grower, v *graph.Value) []*graph.Value {
	var target []int
	s := v.Type.Shape
	for i, d := range s {
		n, known := d.Value()
		if !known {
			if n = 0; i > 0 {
				n = -1
			}
		}
		target = append(target, n)
	}
	axis, size := w.inside(v)
	if w.draw(2) == 0 && axis+1 < len(s) && s[axis+1].Known() {
		target[axis] *= target[axis+1]
		target = slices.Delete(target, axis+1, axis+2)
	} else {
		var factors []int
		for f := 2; f < size; f++ {
			if size%f == 0 {
				factors = append(factors, f)
			}
		}
		if len(factors) == 0 {
			return w.unfit()
		}
		f := factors[w.draw(len(factors))]
		target[axis] = f
		target = slices.Insert(target, axis+1, size/f)
	}
	if w.draw(3) == 0 && !slices.Contains(target, -1) {
		target[axis] = -1
	}
	return values(w.node("Reshape", values(v, w.ints(target...))))
}

func regrouped(w *grower, v *graph.Value) []*graph.Value {
	target, ok := v.Type.Shape.Ints()
	if v.Type.Shape[0] == w.first && !w.first.Known() {
		target, ok = v.Type.Shape[1:].Ints()
		target = slices.Insert(target, 0, 0)
	}
	axis, _ := w.inside(v)
	if !ok || axis+1 >= len(target) {
		return w.unfit()
	}
	both := target[axis] * target[axis+1]
	var factors []int
	for f := 2; f < both; f++ {
		if both%f == 0 {
			factors = append(factors, f)
		}
	}
	if len(factors) == 0 {
		return w.unfit()
	}
	target[axis] = factors[w.draw(len(factors))]
	target[axis+1] = both / target[axis]
	if w.draw(2) == 0 {
		target[axis+w.draw(2)] = -1
	}
	return values(w.node("Reshape", values(v, w.ints(target...))))
}

func product(w *grower, v *graph.Value) []*graph.Value {
	s := v.Type.Shape
	rank := len(s)
	if rank < 2 {
		return w.unfit()
	}
	order := make([]int, rank)
	for i := range order {
		order[i] = i
	}
	order[rank-2], order[rank-1] = rank-1, rank-2
	turned := func(u *graph.Value) *graph.Value {
		return w.node("Transpose", values(u), graph.IntsAttr("perm", order...))
	}
	u := w.some(func(u *graph.Value) bool {
		t := u.Type.Shape
		return isFloat(u) && len(t) == rank && t[rank-1].Equal(s[rank-1]) && t[:rank-2].Equal(s[:rank-2])
	})
	if u == nil || rank == 2 && !s[0].Known() {
		return w.unfit()
	}
	if w.draw(2) == 0 && u.Type.Shape[rank-2].Equal(s[rank-2]) {
		return values(w.node("MatMul", values(turned(v), u)))
	}
	return values(w.node("MatMul", values(v, turned(u))))
}

func swapped(w *grower, v *graph.Value) []*graph.Value {
	parts := split(w, v)
	if w.err != nil {
		return nil
	}
	by, _ := parts[0].Def()
	at, d := by.Int("axis", 0), len(parts)
	var order []*graph.Value
	for _, i := range w.perm(d) {
		order = append(order, parts[i])
	}
	if w.draw(3) == 0 {
		order = append(order, parts[w.draw(d)])
	}
	return append(parts, w.node("Concat", order, graph.IntAttr("axis", at)))
}

func constant(w *grower, v *graph.Value) []*graph.Value {
	d := slices.Clone(w.dims(v))
	if !v.Type.Shape[0].Known() {
		d[0] = 1
	}
	return values(w.weight(d...))
}

func expanded(w *grower, v *graph.Value) []*graph.Value {
	rank := len(v.Type.Shape)
	if w.draw(2) == 0 {
		repeats := slices.Repeat([]int{1}, rank)
		axis, _ := w.inside(v)
		repeats[axis] = 2
		return values(w.node("Tile", values(v, w.ints(repeats...))))
	}
	axis := 1 + w.draw(rank)
	var y *graph.Value
	if w.m.Opsets[""] < 13 {
		y = w.node("Unsqueeze", values(v), graph.IntsAttr("axes", axis))
	} else {
		y = w.node("Unsqueeze", values(v, w.ints(axis)))
	}
	if w.draw(3) == 0 {
		return values(y)
	}
	target := slices.Repeat([]int{1}, rank+1)
	target[axis] = 2 + w.draw(2)
	return values(w.node("Expand", values(y, w.ints(target...))))
}

func (w *grower) perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := i - w.draw(i+1)
		p[i], p[j] = p[j], p[i]
	}
	return p
}

func transpose(w *grower, v *graph.Value) []*graph.Value {
	return values(w.node("Transpose", values(v), graph.IntsAttr("perm", w.perm(len(v.Type.Shape))...)))
}

func flatten(w *grower, v *graph.Value) []*graph.Value {
	if len(v.Type.Shape) < 3 {
		return w.unfit()
	}
	return values(w.node("Flatten", values(v), graph.IntAttr("axis", 1+w.draw(2))))
}

func shuffled(w *grower, v *graph.Value) []*graph.Value {
	d := w.dims(v)
	axis, size := w.inside(v)
	f := 2 + w.draw(2)
	if size%f != 0 || size == f || slices.ContainsFunc(v.Type.Shape[min(1, len(d)):], func(e graph.Dim) bool { return !e.Known() }) {
		return w.unfit()
	}
	apart := slices.Clone(d)
	if axis > 0 {
		apart[0] = 0
	}
	joined := slices.Clone(apart)
	apart[axis] = f
	apart = slices.Insert(apart, axis+1, size/f)
	order := make([]int, len(apart))
	for i := range order {
		order[i] = i
	}
	order[axis], order[axis+1] = axis+1, axis
	y := w.node("Reshape", values(v, w.ints(apart...)))
	y = w.node("Transpose", values(y), graph.IntsAttr("perm", order...))
	return values(w.node("Reshape", values(y, w.ints(joined...))))
}

func gathered(w *grower, v *graph.Value) []*graph.Value {
	axis, size := w.inside(v)
	if w.draw(2) == 0 {
		at := w.fixed(w.name("c"), graph.TensorOf([]int64{int64(w.draw(size))}))
		return values(w.node("Gather", values(v, at), graph.IntAttr("axis", axis)))
	}
	index := make([]int, 1+w.draw(size))
	for i := range index {
		index[i] = w.draw(size)
	}
	return values(w.node("Gather", values(v, w.ints(index...)), graph.IntAttr("axis", axis)))
}

func padded(w *grower, v *graph.Value) []*graph.Value {
	axis, _ := w.inside(v)
	rank := len(v.Type.Shape)
	pads := make([]int, 2*rank)
	pads[axis], pads[rank+axis] = w.draw(2), w.draw(3)
	return values(w.node("Pad", values(v, w.ints(pads...))))
}
