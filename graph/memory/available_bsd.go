//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package memory

import (
	"encoding/binary"
	"runtime"
	"syscall"
)

// system is three quarters of the machine's memory: what of it others use, these systems do not say in one number.
func system() int64 {
	name := map[string]string{"darwin": "hw.memsize", "netbsd": "hw.physmem64"}[runtime.GOOS]
	if name == "" {
		name = "hw.physmem"
	}
	text, err := syscall.Sysctl(name)
	if err != nil || len(text) > 8 {
		return 0
	}
	var b [8]byte // Sysctl takes the number for a string and cuts a zero off its end
	copy(b[:], text)
	return int64(binary.LittleEndian.Uint64(b[:])) / 4 * 3
}
