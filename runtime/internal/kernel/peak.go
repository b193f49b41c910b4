package kernel

import (
	"math"
	"sync"
	"time"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// Peak is how many floating-point operations of float32 one processor can do in a second, as measured once: the fastest
// of several turns, which other work on the machine disturbs least.
var Peak = sync.OnceValue(func() float64 {
	const tries, turns = 20, 1 << 15 // milliseconds altogether, and long enough that a clock tells them apart
	least := time.Duration(math.MaxInt64)
	simd.Peak(turns) // processors raise their frequency, or lower it for wide vectors
	for range tries {
		start := time.Now()
		simd.Peak(turns)
		least = min(least, time.Since(start))
	}
	return float64(turns) * float64(simd.PeakFlops(simd.Active)) / max(least, 1).Seconds()
})
