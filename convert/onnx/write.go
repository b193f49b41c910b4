package onnx

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
)

// WriteOptions says how Write writes.
type WriteOptions struct {
	// Original is a file that must not be overwritten; empty for none.
	Original string
	// ExternalThreshold is the number of bytes above which weights go to a file of external data,
	// <path>.data. 0 stands for the limit of a protobuf, 2 GiB.
	ExternalThreshold int64
	// Sparse selects the initializers that may be written in sparse_initializer, ONNX's own sparse
	// form. Each is written that way if it takes fewer bytes than dense. A nil Sparse selects none.
	// The file then needs IR version 6, to which an older model is raised, but no particular opset.
	// Readers, ONNX Runtime included, compute with a dense tensor: the form saves file size, not
	// time. With external data, values and indices go there like other tensors.
	Sparse func(*graph.Value) bool
}

// Write writes m to path.
func Write(ctx context.Context, path string, m *graph.Model, opt WriteOptions) error {
	if err := write(ctx, path, m, opt); err != nil {
		return fmt.Errorf("%s: %w", path, staging.Pathless(err))
	}
	return nil
}
