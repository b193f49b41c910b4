package statistics

import "math/rand/v2"

// Sampling bounds how many rows of a node's inputs are read. A node has a row for each position at which it is computed.
// In the early convolutions of a network these are many more than its columns, and a fraction of them is as informative
// as all.
type Sampling struct {
	PerColumn int // rows for each column, within the bounds
	Fewest    int
	Most      int
}

var (
	// GramSampling is for Gram matrices, which criteria read.
	GramSampling = Sampling{PerColumn: 8, Fewest: 8192, Most: 1 << 16}
	// RepairSampling is for repairs, which hold some of the rows out.
	RepairSampling = Sampling{PerColumn: 12, Fewest: 16384, Most: 1 << 16}
)

// Rows returns how many rows of a node with that many columns to read, if it has so many.
func (s Sampling) Rows(columns int) int { return min(s.Most, max(s.Fewest, s.PerColumn*columns)) }

// or returns s or, if it is zero, the other.
func (s Sampling) or(other Sampling) Sampling {
	if s == (Sampling{}) {
		return other
	}
	return s
}

// OrRepair returns s or, if it is zero, RepairSampling.
func (s Sampling) OrRepair() Sampling { return s.or(RepairSampling) }

// Spread draws want of total rows in ascending order: one at random from each of want equal strata, so that they spread
// evenly over samples and positions. It returns all rows if want is at least total.
func Spread(r *rand.Rand, total, want int) []int {
	want = min(want, total)
	rows := make([]int, want)
	for i := range rows {
		lo, hi := stratum(i, total, want), stratum(i+1, total, want)
		rows[i] = lo + r.IntN(hi-lo)
	}
	return rows
}

// stratum returns the first row of number i of want equal strata of total rows. The product may take
// more than 32 bits.
func stratum(i, total, want int) int { return int(int64(i) * int64(total) / int64(want)) }
