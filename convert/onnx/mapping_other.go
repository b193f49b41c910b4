//go:build !unix

package onnx

import (
	"io"
	"os"
)

// mapRegular reads f: on these systems a mapped file could not be replaced by a rename.
func mapRegular(f *os.File, size int) (*mapping, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	return &mapping{bytes: b}, nil
}

func dropPages([]byte) {}
