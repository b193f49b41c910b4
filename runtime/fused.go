package runtime

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/fuse"
)

// Fuse replaces nodes of m that together compute one operator of ONNX by that, as sessions do. The types of m's values must
// be known. Values in kept, by name, remain.
func Fuse(m *graph.Model, kept map[string]bool) error { return fuse.Graph(m.Graph, kept) }
