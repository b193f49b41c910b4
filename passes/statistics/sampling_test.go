package statistics_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/passes/statistics"
)

func TestSamplingIsBounded(t *testing.T) {
	s := statistics.Sampling{PerColumn: 10, Fewest: 100, Most: 1000}
	for columns, want := range map[int]int{1: 100, 10: 100, 11: 110, 100: 1000, 101: 1000} {
		if have := s.Rows(columns); have != want {
			t.Errorf("%d columns: %d rows, want %d", columns, have, want)
		}
	}
}

func TestSpreadDrawsOneOfEachStratum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct{ total, want int }{{10, 3}, {10, 10}, {10, 20}, {1, 1}, {7, 0}, {0, 5}, {1000, 64}, {1 << 26, 1 << 10}} {
		rows := statistics.Spread(r, c.total, c.want)
		n := min(c.total, c.want)
		if len(rows) != n {
			t.Fatalf("%d of %d: %v", c.want, c.total, rows)
		}
		for i, row := range rows {
			if row := uint64(row); row < uint64(i)*uint64(c.total)/uint64(n) || row >= uint64(i+1)*uint64(c.total)/uint64(n) {
				t.Errorf("%d of %d: row %d, in place %d, is outside of its stratum", c.want, c.total, row, i)
			}
		}
	}
	first, second := statistics.Spread(r, 1000, 64), statistics.Spread(r, 1000, 64)
	if slices.Equal(first, second) {
		t.Error("two draws are the same")
	}
}
