package peer

import (
	"fmt"
	"os"
	"strings"
)

// resident is a figure of this process in bytes, as Linux tells it (proc(5)): VmRSS is its memory now, VmHWM the most so
// far. 0 where no such file is.
func resident(figure string) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, figure+":"); ok {
			var kibibytes int64
			if _, err := fmt.Sscan(rest, &kibibytes); err == nil {
				return kibibytes << 10
			}
		}
	}
	return 0
}
