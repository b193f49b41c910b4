package simd

// SparseVector is y = clamp(bias + W x + residual) for a single x, where most entries of W are zero
// and left out:
//
//	Y[n] = clamp(Bias[n] + sum over entries e of n's group of Values[e*Rows + n%Rows] * X[Offsets[e]] + Residual[n])
//
// Entry i of a group is added to partial sum i%16 for one row, i%8 for more, with a fused
// multiply-add (Generic: as the compiler does it). The upper half of the partial sums is then added
// to the lower half until one is left, to which the bias is added and then the residual: all levels
// but Generic give the same bits. NaN stays NaN through the clamp. Nothing is allocated.
type SparseVector struct {
	X       []float32
	Rows    int       // consecutive rows of W that share entries: 1, 2 or 4
	Starts  []int32   // the entries of group g are Starts[g] to Starts[g+1]
	Offsets []int32   // by entry, where its number is in X
	Values  []float32 // Rows numbers for each entry

	Y        []float32 // by row, as are the next two
	Bias     []float32 // or nil
	Residual []float32 // or nil
	Lo, Hi   float32   // -Inf, +Inf: no clamp

	FirstGroup, Groups int // the groups of rows to compute
}

// Run computes the groups. It panics if a slice is too short or an offset leads beyond X.
func (s *SparseVector) Run() { s.runAt(Active) }

func (s *SparseVector) runAt(l Level) {
	s.check(l)
	if s.Groups > 0 {
		s.run(l)
	}
}

// check panics unless every slice covers what is read and written.
func (s *SparseVector) check(l Level) {
	checkSparseRows(s.Rows)
	checkSparse(l, s.Rows, s.FirstGroup, s.Groups, s.Starts, s.Offsets, s.Values, len(s.X)-1)
	rows := (s.FirstGroup + s.Groups) * s.Rows
	checkShort("y", len(s.Y), rows)
	if s.Bias != nil {
		checkShort("bias", len(s.Bias), rows)
	}
	if s.Residual != nil {
		checkShort("residual", len(s.Residual), rows)
	}
}

// partialSums returns over how many sums the entries of a row are spread, so that one need not wait
// for the other.
func partialSums(rows int) int {
	if rows == 1 {
		return 16
	}
	return 8
}

func sparseVectorGo(s *SparseVector) {
	parts := partialSums(s.Rows)
	for n := s.FirstGroup * s.Rows; n < (s.FirstGroup+s.Groups)*s.Rows; n++ {
		var sums [16]float32
		g, r := n/s.Rows, n%s.Rows
		first := int(s.Starts[g])
		for i, at := range s.Offsets[first:s.Starts[g+1]] {
			sums[i%parts] += s.Values[(first+i)*s.Rows+r] * s.X[at]
		}
		for half := parts / 2; half > 0; half /= 2 {
			for i, v := range sums[half : 2*half] {
				sums[i] += v
			}
		}
		y := sums[0]
		if s.Bias != nil {
			y += s.Bias[n]
		}
		if s.Residual != nil {
			y += s.Residual[n]
		}
		s.Y[n] = min(max(y, s.Lo), s.Hi)
	}
}
