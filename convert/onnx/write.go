package onnx

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// WriteOptions says how Write writes.
type WriteOptions struct {
	// Original is a file that must not be overwritten, "" for none.
	Original string
	// ExternalThreshold is the number of bytes above which weights go to a file of
	// external data, <path>.data. 0 stands for what a protobuf can hold, 2 GiB.
	ExternalThreshold int64
}

// Write writes m to path.
func Write(ctx context.Context, path string, m *graph.Model, opt WriteOptions) error {
	if err := write(ctx, path, m, opt); err != nil {
		return fmt.Errorf("%s: %w", path, pathless(err))
	}
	return nil
}
