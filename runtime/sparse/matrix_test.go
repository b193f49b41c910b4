package sparse

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// Whatever the extents, the block and the order in memory, compression loses nothing.
func TestCompressKeepsEveryWeight(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		w := Weights{Rows: 1 + rng.IntN(11), Columns: 1 + rng.IntN(9)}
		w.RowStride, w.ColumnStride = w.Columns, 1
		if rng.IntN(2) == 0 {
			w.RowStride, w.ColumnStride = 1, w.Rows
		}
		density := rng.Float64()
		w.Data = make([]float32, w.Rows*w.Columns)
		filled := 0
		for i := range w.Data {
			if rng.Float64() < density {
				w.Data[i] = 1 + rng.Float32()
				filled++
			}
		}
		block := 1 + rng.IntN(5)
		back := w
		back.Data = make([]float32, len(w.Data))
		rows, blocks, values := 0, 0, 0
		for _, m := range Compress(w, block) {
			if m.First != rows || m.Rows%m.Block != 0 || len(m.Starts) != m.Rows/m.Block+1 {
				t.Fatalf("%+v: rows do not follow each other", m)
			}
			rows += m.Rows
			blocks, values = blocks+m.Entries(), values+len(m.Values)
			m.dense(back)
		}
		if rows != w.Rows || !slices.Equal(back.Data, w.Data) {
			t.Fatalf("%dx%d in blocks of %d: want %v, have %v", w.Rows, w.Columns, block, w.Data, back.Data)
		}
		if n := CountOf(w, block); n.NonZero != filled || n.Blocks != blocks || n.Stored != values || n.Weights != len(w.Data) {
			t.Fatalf("%dx%d in blocks of %d: counted %+v, want %d of %d in %d blocks", w.Rows, w.Columns, block, n, filled, len(w.Data), blocks)
		}
		if n := CountOf(w, 1); n.Blocks != filled {
			t.Fatalf("single weights: %d blocks of %d weights", n.Blocks, filled)
		}
	}
}

// A matrix compressed in parts equals the same matrix compressed at once.
func TestJoinedPartsAreTheWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 2))
	for range 100 {
		block := 1 + 3*rng.IntN(2)
		w := Weights{Rows: 1 + rng.IntN(30), Columns: 5, RowStride: 5, ColumnStride: 1}
		w.Data = make([]float32, w.Rows*w.Columns)
		for i := range w.Data {
			w.Data[i] = float32(rng.IntN(2))
		}
		var parts [][]*Matrix
		for first := 0; first < w.Rows; first += 2 * block {
			part := w
			part.Rows = min(2*block, w.Rows-first)
			part.Data = w.Data[first*w.RowStride:]
			parts = append(parts, Compress(part, block))
		}
		want, have := Compress(w, block), Join(parts...)
		if !reflect.DeepEqual(have, want) {
			t.Fatalf("%d rows in blocks of %d: have %+v, want %+v", w.Rows, block, have, want)
		}
	}
}

func TestCount(t *testing.T) {
	// The block of 2 rows has three columns, two of which are stored and one of these is half full.
	// A third row is left over.
	w := Weights{Data: []float32{1, 0, 2, 0, 0, 3, 4, 0, 0}, Rows: 3, Columns: 3, RowStride: 3, ColumnStride: 1}
	n := CountOf(w, 2)
	if n != (Count{Weights: 9, NonZero: 4, Blocks: 3, Stored: 5}) {
		t.Fatalf("have %+v", n)
	}
}

// dense writes the matrix into the rows of w that it was made from.
func (m *Matrix) dense(w Weights) {
	for g := range len(m.Starts) - 1 {
		for e := m.Starts[g]; e < m.Starts[g+1]; e++ {
			for r := range m.Block {
				w.Data[(m.First+g*m.Block+r)*w.RowStride+int(m.Columns[e])*w.ColumnStride] = m.Values[int(e)*m.Block+r]
			}
		}
	}
}
