package memory

import (
	"math"
	"runtime/debug"
	"sync"
)

// fallback is the available memory on systems that do not report it.
const fallback = 2 << 30

// available is the memory in bytes that this process could use when it first asked: what the system reports, but no more
// than GOMEMLIMIT and no more than this machine can address. It does not change, so that a file is not refused because
// another one has been read.
var available = sync.OnceValue(func() int64 {
	n := system()
	if n <= 0 {
		n = fallback
	}
	return min(n, debug.SetMemoryLimit(-1), math.MaxInt)
})
