package samples

import (
	"fmt"
	"math/rand/v2"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/graph/op"
)

// Synthetic returns random inputs for m: standard normal numbers, booleans, and integers that the
// operators take which read them, as far as these say: 0 and 1 if they may be, valid as tokens, masks
// and positions alike. If the first axis of an input is symbolic, it
// gets the given number of samples, and so does its symbol elsewhere. Other symbols get the extent
// in dims, else 1.
func Synthetic(m *graph.Model, dims map[string]int, samples int, seed uint64) (map[string]*graph.Tensor, error) {
	return synthetic(m, dims, taken(m, dims), samples, seed)
}

// synthetic is Synthetic with the integers that the inputs take.
func synthetic(m *graph.Model, dims map[string]int, takes map[string]*op.Interval, samples int, seed uint64) (map[string]*graph.Tensor, error) {
	r := rand.New(rand.NewPCG(seed, 0x706f6c6c617264))
	feeds := map[string]*graph.Tensor{}
	batch := map[string]bool{} // symbols that count samples in some input
	for _, v := range m.Graph.Inputs {
		if v.Const == nil && len(v.Type.Shape) > 0 {
			batch[v.Type.Shape[0].String()] = true
		}
	}
	total := int64(0)
	for _, v := range m.Graph.Inputs {
		if v.Const != nil {
			continue
		}
		if v.Type.Shape == nil {
			return nil, fmt.Errorf("input %q: cannot be made up: its rank is not known", v.Name)
		}
		shape := make([]int, len(v.Type.Shape))
		for i, d := range v.Type.Shape {
			n, known := d.Value()
			if !known {
				if n = 1; i == 0 || d.Named() && batch[d.String()] {
					n = samples
				}
				if given, ok := dims[d.String()]; ok && (i > 0 || d.Named()) { // the first axis counts samples
					n = given
				}
			}
			shape[i] = n
		}
		made := graph.TensorType(v.Type.DType, graph.ShapeOf(shape...))
		if bytes, known := made.Bytes(); known {
			total = memory.Sum(total, bytes)
			elements, _ := made.Shape.Count()
			// Count the inputs made before, and the float64 numbers that this one is rounded from.
			if err := memory.Hold(fmt.Sprintf("made-up input %q %v", v.Name, made), memory.Sum(total, memory.Product(8, elements))); err != nil {
				return nil, err
			}
		}
		t, err := randomTensor(r, v.Type.DType, shape, takes[v.Name])
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", v.Name, err)
		}
		feeds[v.Name] = t
	}
	return feeds, nil
}

func randomTensor(r *rand.Rand, d graph.DType, shape []int, takes *op.Interval) (*graph.Tensor, error) {
	t := graph.NewTensor(d, shape...)
	switch {
	case d == graph.Bool:
		data := graph.Data[bool](t)
		for i := range data {
			data[i] = r.IntN(2) == 1
		}
		return t, nil
	case d.IsInt() && d.Bits() >= 8:
		if takes != nil {
			return integers(r, d, shape, *takes)
		}
		// Set the lowest byte of each element, in file order: 0 or 1 in every integer type.
		raw := make([]byte, graph.RawLen(d, t.Len()))
		for i := 0; i < len(raw); i += d.Bits() / 8 {
			raw[i] = byte(r.IntN(2))
		}
		return graph.FromRaw(d, shape, raw)
	case d.IsFloat():
		v := make([]float64, t.Len())
		for i := range v {
			v[i] = r.NormFloat64()
		}
		if t, ok := graph.FromFloats(d, v, shape...); ok {
			return t, nil
		}
	}
	return nil, fmt.Errorf("cannot make up inputs of element type %v", d)
}
