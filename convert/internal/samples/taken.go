package samples

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
)

// taken returns which whole numbers the elements of m's inputs may be, by input name, of those that are
// integers. An input that takes 0 and 1 is not listed, nor one whose readers contradict each other.
func taken(m *graph.Model, dims map[string]int) map[string]*op.Interval {
	if !readsIntegers(m) {
		return nil
	}
	c, _ := m.Clone()
	budget.Bind(c.Graph, dims)
	_ = op.InferGraph(c.Graph) // what it leaves unknown restricts nothing
	all := map[string]*op.Interval{}
	for _, v := range c.Graph.Inputs {
		if v.Const != nil || !v.Type.DType.IsInt() {
			continue
		}
		f := follower{seen: map[*graph.Value]bool{}, takes: op.Any, ok: true}
		f.follow(v, 1, 0)
		if usual := (op.Interval{Least: 0, Most: 1}); f.ok {
			if met, ok := f.takes.Meet(usual); !ok || met != usual {
				all[v.Name] = &f.takes
			}
		}
	}
	return all
}

// readsIntegers reports whether an input of m holds integers.
func readsIntegers(m *graph.Model) bool {
	for _, v := range m.Graph.Inputs {
		if v.Const == nil && v.Type.DType.IsInt() {
			return true
		}
	}
	return false
}

// follower collects what the readers of an input take.
type follower struct {
	seen  map[*graph.Value]bool
	takes op.Interval // of the input's elements
	ok    bool
}

// follow looks at the readers of v, each element of which is an element of the input times a, plus b. a is
// positive.
func (f *follower) follow(v *graph.Value, a, b int64) {
	if f.seen[v] {
		return
	}
	f.seen[v] = true
	for _, u := range v.Uses() {
		n := u.Node
		f.restrict(op.Takes(n, u.Index), a, b)
		y := n.Out(0)
		if n.Domain != "" || y == nil {
			continue
		}
		switch n.Op {
		case "Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose", "Slice", "Gather", "Expand", "Tile":
			if u.Index == 0 {
				f.follow(y, a, b)
			}
		case "Concat", "Split":
			for _, y := range n.Outputs() {
				if y != nil {
					f.follow(y, a, b)
				}
			}
		case "Add", "Sub":
			if k, ok := number(n.In(1)); ok && u.Index == 0 {
				if n.Op == "Sub" {
					k = -k
				}
				f.follow(y, a, b+k)
			}
		case "ReduceSum":
			if u.Index != 0 {
				continue
			}
			before, known := v.Type.Shape.Elems().Int64()
			after, also := y.Type.Shape.Elems().Int64()
			if known && also && after > 0 && before > 0 { // of elements that are alike
				f.follow(y, a*(before/after), b*(before/after))
			}
		}
	}
}

// restrict keeps the elements for which a times the element plus b is in the interval.
func (f *follower) restrict(to op.Interval, a, b int64) {
	least, most := op.Any.Least, op.Any.Most
	if to.Least != op.Any.Least {
		least = ceil(to.Least-b, a)
	}
	if to.Most != op.Any.Most {
		most = floor(to.Most-b, a)
	}
	met, ok := f.takes.Meet(op.Interval{Least: least, Most: most})
	if f.ok = f.ok && ok; f.ok {
		f.takes = met
	}
}

func floor(x, a int64) int64 { return int64(math.Floor(float64(x) / float64(a))) }
func ceil(x, a int64) int64  { return int64(math.Ceil(float64(x) / float64(a))) }

// number returns the only element of v, a constant.
func number(v *graph.Value) (int64, bool) {
	if v == nil || v.Const == nil {
		if v != nil && len(v.Type.Elems) == 1 {
			return v.Type.Elems[0].Int64()
		}
		return 0, false
	}
	n, ok := graph.Ints(v.Const)
	if !ok || len(n) != 1 {
		return 0, false
	}
	return n[0], true
}

// integers returns random integers of the interval: of 0 and 1 those that it has, else of all of it, or of
// its first two if it has no end.
func integers(r *rand.Rand, d graph.DType, shape []int, takes op.Interval) (*graph.Tensor, error) {
	if met, ok := takes.Meet(op.Interval{Least: 0, Most: 1}); ok && takes.Least <= 0 {
		takes = met
	}
	if takes.Most-takes.Least < 0 || takes.Most-takes.Least >= math.MaxInt32 {
		takes.Most = takes.Least + 1
	}
	t := graph.NewTensor(d, shape...)
	size := d.Bits() / 8
	raw := make([]byte, 0, graph.RawLen(d, t.Len()))
	var word [8]byte
	for range t.Len() {
		binary.LittleEndian.PutUint64(word[:], uint64(takes.Least+r.Int64N(takes.Most-takes.Least+1)))
		raw = append(raw, word[:size]...)
	}
	return graph.FromRaw(d, shape, raw)
}
