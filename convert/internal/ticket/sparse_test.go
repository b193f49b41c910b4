package ticket

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// What goes has no higher score than what stays, and their number is the asked part, rounded: of each
// weight, or of all together.
func TestLiveElements(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var all []scoredWeight
		total := 0
		for range 3 {
			scores := make([]float64, 1+r.IntN(20))
			for i := range scores {
				scores[i] = float64(r.IntN(6)) // many are equal
			}
			all, total = append(all, scoredWeight{&graph.Value{}, scores}), total+len(scores)
		}
		for _, global := range []bool{false, true} {
			live := liveElements(all, 0.5, global)
			gone := 0
			highest, lowest := -1.0, 99.0
			for i, w := range all {
				if !global {
					gone, highest, lowest = 0, -1, 99
				}
				for k, score := range w.scores {
					if live[i][k] {
						lowest = min(lowest, score)
					} else {
						gone, highest = gone+1, max(highest, score)
					}
				}
				if n := len(w.scores); !global && (gone != (n+1)/2 || highest > lowest) {
					t.Errorf("%v: %d of %d go, the highest with %g, the lowest that stays has %g", w.scores, gone, n, highest, lowest)
				}
			}
			if global && (gone != (total+1)/2 || highest > lowest) {
				t.Errorf("%d of %d go, the highest with %g, the lowest that stays has %g", gone, total, highest, lowest)
			}
		}
	}
}
