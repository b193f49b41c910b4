package convert

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// stage is a written model that is not in its place yet: it lies in a folder of
// its own beside the target, so that moving it there is one rename and
// nothing half-written is ever seen.
type stage struct{ dir, path string }

func newStage(ctx context.Context, out string, m *graph.Model, o onnx.WriteOptions) (*stage, error) {
	dir, err := os.MkdirTemp(filepath.Dir(out), ".pollard-")
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be written: %w", out, pathless(err))
	}
	s := &stage{dir, filepath.Join(dir, filepath.Base(out))}
	if err := onnx.Write(ctx, s.path, m, o); err != nil {
		s.discard()
		return nil, fmt.Errorf("%s: cannot be written: %w", out, pathless(err))
	}
	return s, nil
}

// commit moves the files to where they belong, external data first.
func (s *stage) commit(out string) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(out) {
			if err := os.Rename(filepath.Join(s.dir, e.Name()), filepath.Join(filepath.Dir(out), e.Name())); err != nil {
				return fmt.Errorf("%s: cannot be written: %w", out, err)
			}
		}
	}
	if err := os.Rename(s.path, out); err != nil {
		return fmt.Errorf("%s: cannot be written: %w", out, err)
	}
	return nil
}

func (s *stage) discard() { os.RemoveAll(s.dir) }
