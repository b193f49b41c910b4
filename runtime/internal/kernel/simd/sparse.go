package simd

import (
	"fmt"
	"math"
)

// Sparse is y = clamp(bias + W x + residual), where most entries of W are zero and left out, and x
// is in planes, with one number for each position:
//
//	Y[n*LdY + out(p)] = clamp(Bias[n] + sum over entries e of n's group of Values[e*Rows + n%Rows] * X[Offsets[e] + p] + Residual[n*LdR + out(p)])
//
// A convolution has this form: X is a zero-padded copy of the image, one channel plane after the
// other, and an entry's offset is channel*plane + dy*pitch + dx. A 1x1 convolution reads the image
// itself. Some layouts are faster: planes that begin at whole cache lines; for small images, a copy
// of the image for each dx, which needs no gaps between its lines; for groups with many entries
// that read more of x than the first-level cache holds, parts by channels (Accumulate, Partial).
// BenchmarkSparseLayout compares these.
//
// Positions lie in lines of Pitch, of which the first Width count: p = i*Pitch + j with j < Width
// goes to out(p) = i*Width + j. Others are computed and discarded. The last position that is read
// or written is (Lines-1)*Pitch + Width-1.
//
// Terms are added in the order written, each with a fused multiply-add (Generic: as the compiler
// does it), whatever the positions and groups of a Run, and however many parts its entries are
// divided into: all levels but Generic give the same bits. NaN stays NaN through the clamp. Nothing
// is allocated, and a Sparse may be reused. It holds nothing but what it is given.
type Sparse struct {
	X       []float32
	Rows    int       // consecutive rows of W that share entries: 1, 2 or 4
	Starts  []int32   // the entries of group g are Starts[g] to Starts[g+1]
	Offsets []int32   // by entry, where position 0 is in X
	Values  []float32 // Rows numbers for each entry

	Y        []float32
	LdY      int       // at least Lines*Width
	Bias     []float32 // by row, or nil
	Residual []float32 // as Y, but not Y itself unless LdR is LdY too, or nil
	LdR      int
	Lo, Hi   float32 // -Inf, +Inf: no clamp

	Width, Pitch, Lines int // Pitch is Width if there are no gaps

	First, Count       int // the positions to compute, at most Count (0 computes none); multiples of SparseTile(Rows) waste least
	FirstGroup, Groups int // the groups of rows to compute

	Accumulate bool // the sum starts from the contents of y instead of the bias
	Partial    bool // the sum is continued later: no residual and no clamp now
}

// SparseTile returns the most positions that a Sparse with that many rows per group computes at
// once.
func SparseTile(rows int) int { return sparseTile(Active, rows) }

// sparseTile returns what fits in the registers: 24 or 12 sums, and their factors. A single row
// needs fewer factors and gets more sums.
func sparseTile(l Level, rows int) int {
	switch {
	case l == Generic:
		return sparseTileGo
	case l == AVX2 || l == NEON:
		return 8 * 12 / rows
	case rows == 1:
		return 16 * 14
	default:
		return 16 * 24 / rows
	}
}

// Run computes the positions of the groups. It panics if a slice is too short or an offset leads
// beyond X.
func (s *Sparse) Run() { s.runAt(Active) }

func (s *Sparse) runAt(l Level) {
	s.check(l)
	count := min(s.Count, s.positions()-s.First)
	if count <= 0 || s.Groups == 0 {
		return
	}
	s.run(l, count)
}

// positions returns the number of positions, with the gaps between the lines.
func (s *Sparse) positions() int { return (s.Lines-1)*s.Pitch + s.Width }

// check panics unless every slice covers what is read and written.
func (s *Sparse) check(l Level) {
	checkSparseRows(s.Rows)
	large := max(s.Pitch, s.Lines, s.LdY, s.LdR) > math.MaxInt32 // their products must fit in 64 bits
	if large || s.Width < 1 || s.Pitch < s.Width || s.Lines < 1 || int64(s.LdY) < int64(s.Lines)*int64(s.Width) || s.LdR < 0 || s.First < 0 ||
		int64(s.Lines-1)*int64(s.Pitch) > int64(math.MaxInt-s.Width) {
		panic("simd: bad extents of a sparse product")
	}
	checkSparse(l, s.Rows, s.FirstGroup, s.Groups, s.Starts, s.Offsets, s.Values, len(s.X)-s.positions())
	rows := (s.FirstGroup + s.Groups) * s.Rows
	if rows == 0 {
		return
	}
	reaches := func(ld int) int64 { return int64(rows-1)*int64(ld) + int64(s.Lines)*int64(s.Width) }
	checkShort("y", len(s.Y), reaches(s.LdY))
	if s.Bias != nil {
		checkShort("bias", len(s.Bias), rows)
	}
	if s.Residual != nil {
		checkShort("residual", len(s.Residual), reaches(s.LdR))
	}
}

func checkSparseRows(rows int) {
	if rows != 1 && rows != 2 && rows != 4 {
		panic(fmt.Sprintf("simd: %d rows to an entry, want 1, 2 or 4", rows))
	}
}

func checkShort[N int | int64](name string, have int, want N) {
	if int64(have) < int64(want) {
		panic(fmt.Sprintf("simd: %s of %d, want %d", name, have, want))
	}
}

// checkSparse panics unless the groups have their entries and no offset is above most.
func checkSparse(l Level, rows, first, groups int, starts, offsets []int32, values []float32, most int) {
	if first < 0 || groups < 0 || first > len(starts)-1 || groups > len(starts)-1-first {
		panic(fmt.Sprintf("simd: groups from %d on, %d of them, of %d", first, groups, len(starts)-1))
	}
	starts = starts[first:][:groups+1]
	last := starts[0]
	for _, start := range starts {
		if start < last {
			panic(fmt.Sprintf("simd: entries from %d to %d", last, start))
		}
		last = start
	}
	if starts[0] < 0 || int(last) > len(offsets) || int(last) > len(values)/rows {
		panic(fmt.Sprintf("simd: entries %d to %d of %d offsets and %d values", starts[0], last, len(offsets), len(values)))
	}
	if starts[0] == last {
		return
	}
	if largest := largestOffset(l, offsets[starts[0]:last]); int64(largest) > int64(most) {
		panic(fmt.Sprintf("simd: offset %d, at most %d leads into x", int32(largest), most))
	}
}

// largestOffsetGo compares the offsets as unsigned numbers, so that a negative one is the largest.
func largestOffsetGo(offsets []int32) uint32 {
	var largest uint32
	for _, at := range offsets {
		largest = max(largest, uint32(at))
	}
	return largest
}

const sparseTileGo = 64

// sparseGo computes count positions, a tile of one group at a time.
func sparseGo(s *Sparse, count int) {
	var sums [4][sparseTileGo]float32
	end := s.First + count
	for g := s.FirstGroup; g < s.FirstGroup+s.Groups; g++ {
		for first := s.First; first < end; first += sparseTileGo {
			n := min(sparseTileGo, end-first)
			for r := range s.Rows {
				s.begin(g*s.Rows+r, first, sums[r][:n])
			}
			for e := s.Starts[g]; e < s.Starts[g+1]; e++ {
				x := s.X[int(s.Offsets[e])+first:][:n]
				for r, w := range s.Values[int(e)*s.Rows:][:s.Rows] {
					row := sums[r][:n]
					for i, v := range x {
						row[i] += w * v
					}
				}
			}
			for r := range s.Rows {
				s.finish(g*s.Rows+r, first, sums[r][:n])
			}
		}
	}
}

// begin fills a row's sums of the positions starting at first with the bias or with y.
func (s *Sparse) begin(n, first int, sums []float32) {
	if s.Accumulate {
		s.eachLine(first, len(sums), func(at, out, count int) { copy(sums[at:][:count], s.Y[n*s.LdY+out:]) })
		return
	}
	var bias float32
	if s.Bias != nil {
		bias = s.Bias[n]
	}
	for i := range sums {
		sums[i] = bias
	}
}

// finish adds the residual to a row's sums of the positions starting at first, clamps them and
// leaves out those between the lines.
func (s *Sparse) finish(n, first int, sums []float32) {
	lo, hi := s.limits()
	s.eachLine(first, len(sums), func(at, out, count int) {
		y, line := s.Y[n*s.LdY+out:][:count], sums[at:][:count]
		if s.adds() {
			for i, v := range s.Residual[n*s.LdR+out:][:count] {
				line[i] += v
			}
		}
		for i, v := range line {
			y[i] = min(max(v, lo), hi)
		}
	})
}

// eachLine goes through count positions starting at first, those of one line at a time. They begin
// at at in the sums and at out in y.
func (s *Sparse) eachLine(first, count int, f func(at, out, count int)) {
	for at := 0; at < count; {
		i, j := (first+at)/s.Pitch, (first+at)%s.Pitch
		if j >= s.Width {
			at += s.Pitch - j
			continue
		}
		n := min(s.Width-j, count-at)
		f(at, i*s.Width+j, n)
		at += n
	}
}

// adds reports whether a residual is added now.
func (s *Sparse) adds() bool { return s.Residual != nil && !s.Partial }

// limits returns the limits of the clamp, which are infinite while the sum is incomplete.
func (s *Sparse) limits() (lo, hi float32) {
	if s.Partial {
		return float32(math.Inf(-1)), float32(math.Inf(1))
	}
	return s.Lo, s.Hi
}
