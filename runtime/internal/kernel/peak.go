package kernel

import (
	"math"
	"sync"
	"time"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// Peak returns the most float32 operations per second that one processor can do, as measured once.
// It is the fastest of several turns, because other load on the machine disturbs that one least.
var Peak = sync.OnceValue(func() float64 {
	const tries, turns = 20, 1 << 15 // milliseconds altogether, and long enough for the clock's resolution
	least := time.Duration(math.MaxInt64)
	simd.Peak(turns) // processors raise their frequency, or lower it for wide vectors
	for range tries {
		start := time.Now()
		simd.Peak(turns)
		least = min(least, time.Since(start))
	}
	return float64(turns) * float64(simd.PeakFlops(simd.Active)) / max(least, 1).Seconds()
})
