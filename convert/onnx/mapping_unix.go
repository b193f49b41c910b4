//go:build unix

package onnx

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// mapRegular maps f, a regular file of size bytes, size > 0.
func mapRegular(f *os.File, size int) (*mapping, error) {
	b, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &mapping{bytes: b, release: syscall.Munmap}, nil
}

// dropPages releases pages of a read-only mapping. A failure only costs memory.
func dropPages(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTNEED) }
