//go:build !unix

package onnx

import (
	"io"
	"os"
)

// mapRegular reads f: a mapped file could not be renamed over on these systems.
func mapRegular(f *os.File, size int) (*mapping, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	return &mapping{bytes: b}, nil
}

func dropPages([]byte) {}
