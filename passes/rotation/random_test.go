package rotation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/rotation"
)

// writing makes a network of random moves, sums, means and products, in float64 so that a basis that is wrong by
// anything shows. Extents are 2 and 3 only, so that many axes can be taken for each other. The first axis is the samples.
type writing struct {
	t           *rapid.T
	ins, consts []string
	nodes, outs []string
	values      []written
	count       int
}

type written struct {
	name  string
	shape []int
}

func dims(shape []int) string {
	s := make([]string, len(shape))
	for i, d := range shape {
		s[i] = fmt.Sprint(d)
	}
	return strings.Join(s, ",")
}

func (w *writing) name() string { w.count++; return fmt.Sprint("v", w.count) }

func (w *writing) draw(n int) int { return rapid.IntRange(0, n-1).Draw(w.t, "choice") }

// weight is a new input that becomes a constant; input one that does not.
func (w *writing) weight(shape ...int) string {
	name := fmt.Sprint("w", len(w.ins))
	w.ins = append(w.ins, fmt.Sprintf("double[%s] %s", dims(shape), name))
	return name
}

func (w *writing) input(shape ...int) string {
	name := fmt.Sprint("x", len(w.ins))
	w.ins = append(w.ins, fmt.Sprintf("double[%s] %s", dims(shape), name))
	return name
}

func (w *writing) ints(v ...int) string {
	name := fmt.Sprint("c", len(w.consts))
	w.consts = append(w.consts, fmt.Sprintf("int64[%d] %s = {%s}", len(v), name, dims(v)))
	return name
}

func (w *writing) add(shape []int, format string, args ...any) string {
	name := w.name()
	w.nodes = append(w.nodes, name+" = "+fmt.Sprintf(format, args...))
	w.values = append(w.values, written{name, shape})
	return name
}

const samples = 4

func volume(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// write begins a stream of 12 or 18 numbers.
func (w *writing) write() {
	wide := [][]int{{2, 3, 2}, {3, 2, 3}, {2, 2, 3}, {3, 3, 2}}[w.draw(4)]
	n := volume(wide)
	a := w.add([]int{samples, n}, "MatMul(%s, %s)", "x0", w.weight(5, n))
	if w.draw(2) == 0 {
		w.values = w.values[:len(w.values)-1]
		a = w.add([]int{samples, n}, "Add(%s, %s)", a, w.weight(n))
	}
	w.values = w.values[:len(w.values)-1]
	shape := append([]int{samples}, wide...)
	w.add(shape, "Reshape(%s, %s)", a, w.ints(shape...))
}

// step does something to one of the values.
func (w *writing) step() {
	v := w.values[w.draw(len(w.values))]
	rank := len(v.shape)
	axis := 1 + w.draw(max(1, rank-1))
	switch w.draw(12) {
	case 0, 1:
		w.transpose(v)
	case 2:
		w.reshape(v)
	case 3:
		if rank > 2 {
			w.add(slices.Delete(slices.Clone(v.shape), axis, axis+1), "%s<axes = [%d], keepdims = 0>(%s)", "ReduceMean", axis, v.name)
		}
	case 4, 5:
		w.sum(v)
	case 6:
		if rank > 2 {
			rows := 2 + w.draw(2)
			shape := append(slices.Clone(v.shape[:rank-2]), rows, v.shape[rank-1])
			w.add(shape, "MatMul(%s, %s)", w.input(append(slices.Clone(v.shape[:rank-2]), rows, v.shape[rank-2])...), v.name)
		}
	case 7:
		if rank > 2 {
			shape := slices.Delete(slices.Clone(v.shape), axis, axis+1)
			c := fmt.Sprint("c", len(w.consts))
			w.consts = append(w.consts, fmt.Sprintf("int64 %s = {%d}", c, w.draw(v.shape[axis])))
			w.add(shape, "Gather<axis = %d>(%s, %s)", axis, v.name, c)
		}
	case 8:
		if v.shape[axis] > 2 {
			at := 1 + w.draw(v.shape[axis]-1)
			a, b := slices.Clone(v.shape), slices.Clone(v.shape)
			a[axis], b[axis] = at, v.shape[axis]-at
			x, y := w.name(), w.name()
			w.nodes = append(w.nodes, fmt.Sprintf("%s, %s = Split<axis = %d>(%s, %s)", x, y, axis, v.name, w.ints(a[axis], b[axis])))
			w.values = append(w.values, written{x, a}, written{y, b})
		}
	case 9:
		shape := slices.Insert(slices.Clone(v.shape), axis, 1)
		x := w.name()
		w.nodes = append(w.nodes, fmt.Sprintf("%s = Unsqueeze(%s, %s)", x, v.name, w.ints(axis)))
		shape[axis] = 2 + w.draw(2)
		w.add(shape, "Expand(%s, %s)", x, w.ints(shape...))
	case 10:
		gate := slices.Clone(v.shape)
		gate[axis] = 1
		w.add(v.shape, "Mul(%s, %s)", v.name, w.input(gate...))
	case 11:
		w.write()
	}
}

func (w *writing) transpose(v written) {
	perm := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7, 8}[:len(v.shape)-1]).Draw(w.t, "perm")
	shape := []int{v.shape[0]}
	for _, p := range perm {
		shape = append(shape, v.shape[p])
	}
	w.add(shape, "Transpose<perm = [0, %s]>(%s)", dims(perm), v.name)
}

// reshape joins two neighbouring axes, or takes one apart.
func (w *writing) reshape(v written) {
	shape := slices.Clone(v.shape)
	axis := 1 + w.draw(len(shape)-1)
	if d := shape[axis]; d > 3 && d%2 == 0 {
		shape[axis] = 2
		shape = slices.Insert(shape, axis+w.draw(2), d/2)
	} else if axis+1 < len(shape) {
		shape[axis] *= shape[axis+1]
		shape = slices.Delete(shape, axis+1, axis+2)
	}
	w.add(shape, "Reshape(%s, %s)", v.name, w.ints(shape...))
}

// sum adds another value of the same shape, or one that broadcasts.
func (w *writing) sum(v written) {
	var fit []written
	for _, u := range w.values {
		if slices.Equal(u.shape, v.shape) {
			fit = append(fit, u)
		}
	}
	u := fit[w.draw(len(fit))]
	if w.draw(3) > 0 || len(v.shape) < 3 {
		w.add(v.shape, "%s(%s, %s)", []string{"Add", "Sub"}[w.draw(2)], v.name, u.name)
		return
	}
	// rows of the one against rows of the other
	a, b := slices.Insert(slices.Clone(v.shape), 1, 1), slices.Insert(slices.Clone(u.shape), 2, 1)
	x, y := w.name(), w.name()
	w.nodes = append(w.nodes, fmt.Sprintf("%s = Reshape(%s, %s)", x, v.name, w.ints(a...)), fmt.Sprintf("%s = Reshape(%s, %s)", y, u.name, w.ints(b...)))
	w.add(append([]int{samples, u.shape[1]}, a[2:]...), "Add(%s, %s)", x, y)
}

// end reads what nothing reads yet: by maps, or by products of two.
func (w *writing) end() {
	for i := 0; i < len(w.values); i++ {
		v := w.values[i]
		if slices.ContainsFunc(w.nodes, func(n string) bool {
			_, args, _ := strings.Cut(n, " = ")
			return strings.Contains(args, "("+v.name+",") || strings.Contains(args, "("+v.name+")") || strings.Contains(args, ", "+v.name+")")
		}) {
			continue
		}
		last := v.shape[len(v.shape)-1]
		out := w.name()
		shape := slices.Clone(v.shape)
		shape[len(shape)-1] = 3
		node := fmt.Sprintf("%s = MatMul(%s, %s)", out, v.name, w.weight(last, 3))
		if w.draw(2) == 0 {
			for _, u := range w.values {
				rank := len(u.shape)
				if rank > 2 && rank == len(v.shape) && u.shape[rank-2] == last && slices.Equal(u.shape[:rank-2], v.shape[:rank-2]) {
					shape[rank-1] = u.shape[rank-1]
					node = fmt.Sprintf("%s = MatMul(%s, %s)", out, v.name, u.name)
					break
				}
			}
		}
		w.nodes = append(w.nodes, node)
		w.outs = append(w.outs, fmt.Sprintf("double[%s] %s", dims(shape), out))
	}
}

func TestRandomNetworksComputeTheSame(t *testing.T) {
	turned := map[string]int{}
	networks := 0
	rapid.Check(t, func(r *rapid.T) {
		w := &writing{t: r}
		w.ins = append(w.ins, fmt.Sprintf("double[%d,5] x0", samples))
		for range 1 + w.draw(3) {
			w.write()
		}
		for range 1 + w.draw(8) {
			w.step()
		}
		w.end()
		text := fmt.Sprintf("net (%s) => (%s)\n<%s>\n{\n\t%s\n}", strings.Join(w.ins, ", "), strings.Join(w.outs, ", "), strings.Join(w.consts, ", "), strings.Join(w.nodes, "\n\t"))
		m, err := graph.Parse("<ir_version: 8, opset_import: [\"\" : 17]>\n" + text)
		if err != nil {
			r.Fatalf("%v:\n%s", err, text)
		}
		fill(m, graph.Float64)
		if err := op.InferGraph(m.Graph); err != nil {
			r.Fatalf("%v:\n%s", err, text)
		}
		a, err := group.Find(m)
		if err != nil {
			r.Fatal(err)
		}
		batches := inputs(m, 20, samples, 7)
		s := collect(t, m, rotation.Wants(a, m), batches)
		before := outputs(t, m, batches[:2])
		list := rotation.Apply(a, s)
		after := outputs(t, m, batches[:2])
		if d := apart(after, before); !(d < 1e-9) {
			r.Fatalf("outputs are %g apart after %v:\n%s", d, list, text)
		}
		networks++
		for _, x := range list {
			turned[fmt.Sprint(x.Kind, " ", x.Blocks)]++
		}
	})
	t.Logf("%d networks: %v", networks, turned)
}
