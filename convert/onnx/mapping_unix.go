//go:build unix

package onnx

import (
	"os"
	"syscall"
)

// mapRegular maps f, a regular file of size bytes, size > 0.
func mapRegular(f *os.File, size int) (*mapping, error) {
	b, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &mapping{bytes: b, release: syscall.Munmap}, nil
}
