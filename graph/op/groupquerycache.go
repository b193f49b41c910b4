package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// reach holds, for one sample, how many keys it has in all and how many of them are past ones.
type reach struct{ total, past int }

// lengths reads seqlens_k. If there are no past positions, the new ones may be padded at the end.
func (a *dotProduct) lengths(in []*graph.Tensor) ([]reach, error) {
	last, err := intsOf(in, 5)
	if err != nil {
		return nil, err
	}
	total, err := intsOf(in, 6)
	if err != nil {
		return nil, err
	}
	if len(last) != a.batch || len(total) != 1 {
		return nil, fmt.Errorf("seqlens_k, total_sequence_length: want %d numbers and one, have %d and %d", a.batch, len(last), len(total))
	}
	first := total[0] == a.rows
	out := make([]reach, a.batch)
	for b, k := range last {
		if k < 0 || k >= total[0] || total[0] > mostElements {
			return nil, fmt.Errorf("seqlens_k: want 0 to %d, have %d", total[0]-1, k)
		}
		out[b] = reach{total: k + 1}
		if !first {
			out[b].past = k + 1 - a.rows
		}
		if out[b].past < 0 {
			return nil, fmt.Errorf("seqlens_k: want at least %d, have %d", a.rows-1, k)
		}
	}
	a.keys = total[0]
	return out, nil
}

// rotate turns new queries and keys by the angles of their positions.
func (a *dotProduct) rotate(n *graph.Node, in []*graph.Tensor, heads int, lengths []reach, q, k []float64) error {
	cos, sin := tensorAt(in, 7), tensorAt(in, 8)
	if cos == nil || sin == nil || cos.Rank() != 2 {
		return fmt.Errorf("do_rotary: want cos_cache and sin_cache of 2 axes")
	}
	r := rotation{batch: a.batch, heads: a.heads, positions: a.rows, size: a.size, width: 2 * cos.Shape()[1],
		interleaved: n.Int("rotary_interleaved", 0) != 0}
	positions := tensorAt(in, 9)
	if positions == nil {
		at := make([]int64, a.batch*a.rows)
		for i := range at {
			at[i] = int64(lengths[i/a.rows].past + i%a.rows)
		}
		positions = graph.TensorOf(at, a.batch, a.rows)
	}
	if err := r.setCaches(cos, sin, positions); err != nil {
		return err
	}
	r.turn(q)
	r.heads = heads
	r.turn(k)
	return nil
}

// fill writes the new keys and values after the past ones of each sample. The rest stays 0.
func (a *dotProduct) fill(in []*graph.Tensor, heads int, lengths []reach, k, v []float64) ([]float64, []float64, error) {
	capacity, before := a.keys, 0
	var past [2][]float64
	for i := range past {
		name := []string{"past_key", "past_value"}[i]
		x, err := floatsAt(in, 3+i, name, a.batch, heads, -1, a.size)
		if err != nil {
			return nil, nil, err
		}
		if x == nil {
			continue
		}
		if past[i], before = x, in[3+i].Shape()[2]; i == 1 && in[3] != nil && before != in[3].Shape()[2] {
			return nil, nil, fmt.Errorf("past_value: want %d positions as past_key, have %d", in[3].Shape()[2], before)
		}
	}
	if (past[0] == nil) != (past[1] == nil) {
		return nil, nil, fmt.Errorf("past_key, past_value: want both or none")
	}
	a.keys = max(capacity, before)
	if err := a.check(); err != nil {
		return nil, nil, err
	}
	var out [2][]float64
	for i, now := range [][]float64{k, v} {
		out[i] = make([]float64, a.batch*heads*a.keys*a.size)
		for bh := range a.batch * heads {
			r := lengths[bh/heads]
			if r.past > before || r.past+a.rows > a.keys {
				return nil, nil, fmt.Errorf("seqlens_k: %d past positions of %d", r.past, before)
			}
			block := out[i][bh*a.keys*a.size:]
			if r.past > 0 {
				copy(block, past[i][bh*before*a.size:(bh*before+r.past)*a.size])
			}
			copy(block[r.past*a.size:], now[bh*a.rows*a.size:(bh+1)*a.rows*a.size])
		}
	}
	return out[0], out[1], nil
}

// takesGroupQuery: seqlens_k is the number of keys of each sample less one, total_sequence_length the largest number of
// keys. With all past and new positions in use, both follow from the extents.
func takesGroupQuery(n *graph.Node, i int) Interval {
	q := inShape(n, 0)
	if len(q) != 3 || i != 5 && i != 6 {
		return Any
	}
	rows, known := q[1].Value()
	if !known {
		return Any
	}
	total := int64(rows)
	if past := inShape(n, 3); len(past) == 4 {
		before, known := past[2].Value()
		if !known {
			return Any
		}
		total += int64(before)
	}
	if i == 6 {
		return Interval{total, total}
	}
	if stated, known := oneElem(n, 6); known {
		if count, known := stated.Int64(); known {
			total = count
		}
	}
	return Interval{total - 1, total - 1}
}
