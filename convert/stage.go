package convert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// stage is a written model that is not in its place yet, and what is to be in its place when it is.
type stage struct {
	folder *staging.Folder
	path   string // of the model in the folder
	moves  []staging.Move
}

func newStage(ctx context.Context, out string, m *graph.Model, o onnx.WriteOptions) (*stage, error) {
	folder, err := staging.Beside(out)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	}
	name := filepath.Base(out) // external data are found by the name that the model has in the end
	s := &stage{folder: folder, path: folder.Path(name)}
	if err := onnx.Write(ctx, s.path, m, o); err != nil {
		s.discard()
		return nil, fmt.Errorf("%s: cannot be written: %w", out, cmp.Or(errors.Unwrap(err), err)) // but for the path in the folder
	}
	if data := name + ".data"; exists(folder.Path(data)) {
		s.moves = append(s.moves, staging.Move{Name: data, Target: out + ".data"})
	}
	s.moves = append(s.moves, staging.Move{Name: name, Target: out})
	return s, nil
}

// add writes another file, which goes to out after those that are there: when it is in its place, they are.
func (s *stage) add(out string, write func(io.Writer) error) error {
	m := staging.Move{Name: filepath.Base(out), Target: out}
	if err := s.folder.Write(m.Name, out, write); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	s.moves = append(s.moves, m)
	return nil
}

// commit moves the files to where they belong, the model last, and enters out in the report, which ready hears before.
func (s *stage) commit(out string, r *Report, ready func(*Report) error) (err error) {
	r.Pruned.Path = out
	if ready != nil {
		err = ready(r)
	}
	if err == nil {
		err = s.place()
	}
	if err != nil {
		r.Pruned.Path = ""
	}
	return err
}

func (s *stage) place() error {
	if err := s.folder.Place(s.moves...); err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	return nil
}

func (s *stage) discard() { s.folder.Discard() }
