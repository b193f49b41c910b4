//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package staging

import (
	"os"
	"syscall"
)

// lockNew locks the folder at path, which this process has just created. It returns false if
// another process took it for stale before it was locked. The lock is nil if the file system has no
// locks; then nobody takes the folder for stale.
func lockNew(path string) (lock *os.File, alive bool) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err != syscall.EWOULDBLOCK
	}
	if !isAt(f, path) {
		f.Close()
		return nil, false
	}
	return f, true
}

// lockStale locks the folder at path, or returns nil if a living process holds its lock.
func lockStale(path string) *os.File {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		f.Close()
		return nil
	}
	return f
}

// isAt reports whether f is the file at path.
func isAt(f *os.File, path string) bool {
	a, errA := f.Stat()
	b, errB := os.Stat(path)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
