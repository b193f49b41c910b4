package memory

import (
	"math"
	"runtime/debug"
	"sync"
)

// fallback is taken for available on systems that do not say what is.
const fallback = 2 << 30

// available is the memory in bytes that this process could take when it first asked: what the system says is available,
// no more than the GOMEMLIMIT that is set, and no more than this machine can address. It stays the same, so that a file is
// not refused because another one has been read.
var available = sync.OnceValue(func() int64 {
	n := system()
	if n <= 0 {
		n = fallback
	}
	return min(n, debug.SetMemoryLimit(-1), math.MaxInt)
})
