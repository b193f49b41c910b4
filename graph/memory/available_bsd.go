//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package memory

import (
	"encoding/binary"
	"runtime"
	"syscall"
)

// system returns three quarters of the machine's memory. These systems do not report in one number
// how much of it others use.
func system() int64 {
	name := map[string]string{"darwin": "hw.memsize", "netbsd": "hw.physmem64"}[runtime.GOOS]
	if name == "" {
		name = "hw.physmem"
	}
	text, err := syscall.Sysctl(name)
	if err != nil || len(text) > 8 {
		return 0
	}
	var b [8]byte // Sysctl treats the number as a string and drops a trailing zero
	copy(b[:], text)
	return int64(binary.LittleEndian.Uint64(b[:])) / 4 * 3
}
