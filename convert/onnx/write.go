package onnx

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
)

// WriteOptions says how Write writes.
type WriteOptions struct {
	// Original is a file that must not be overwritten, "" for none.
	Original string
	// ExternalThreshold is the number of bytes above which weights go to a file of
	// external data, <path>.data. 0 stands for what a protobuf can hold, 2 GiB.
	ExternalThreshold int64
	// Sparse says of which initializers only the elements that are not zero may be written, in sparse_initializer, ONNX's own form
	// for that; it is taken where it takes fewer bytes than the dense one. Nil: of none. Such a file needs IR version 6, which an older model is
	// raised to, and no particular opset. Those who read it compute with a dense tensor, ONNX Runtime too: it saves room in the file, no time. With
	// external data, values and indices lie there as other tensors do.
	Sparse func(*graph.Value) bool
}

// Write writes m to path.
func Write(ctx context.Context, path string, m *graph.Model, opt WriteOptions) error {
	if err := write(ctx, path, m, opt); err != nil {
		return fmt.Errorf("%s: %w", path, staging.Pathless(err))
	}
	return nil
}
