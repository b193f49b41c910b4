//go:build !(linux || windows || darwin || freebsd || netbsd || openbsd || dragonfly)

package memory

// system is not known on this system.
func system() int64 { return 0 }
