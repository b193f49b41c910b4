//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package staging

import "os"

// lockNew does nothing: these systems have no advisory locks.
func lockNew(string) (lock *os.File, alive bool) { return nil, true }

// lockStale returns nil: without locks nothing tells whether a folder's process lives.
func lockStale(string) *os.File { return nil }
