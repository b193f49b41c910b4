package output

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/report"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// Model is a written model that is not in its place yet, and what is to be in its place when it is.
type Model struct {
	folder *staging.Folder
	Path   string // of the model in the folder
	moves  []staging.Move
}

// Stage writes m to a folder beside out.
func Stage(ctx context.Context, out string, m *graph.Model, o onnx.WriteOptions) (*Model, error) {
	folder, err := staging.Beside(out)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	}
	name := filepath.Base(out) // external data are found by the name that the model has in the end
	s := &Model{folder: folder, Path: folder.Path(name)}
	if err := onnx.Write(ctx, s.Path, m, o); err != nil {
		s.Discard()
		return nil, fmt.Errorf("%s: cannot be written: %w", out, cmp.Or(errors.Unwrap(err), err)) // but for the path in the folder
	}
	if data := name + ".data"; exists(folder.Path(data)) {
		s.moves = append(s.moves, staging.Move{Name: data, Target: out + ".data"})
	}
	s.moves = append(s.moves, staging.Move{Name: name, Target: out})
	return s, nil
}

// Add writes another file, which goes to out after those that are there: when it is in its place, they are.
func (s *Model) Add(out string, write func(io.Writer) error) error {
	m := staging.Move{Name: filepath.Base(out), Target: out}
	if err := s.folder.Write(m.Name, out, write); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	s.moves = append(s.moves, m)
	return nil
}

func (s *Model) Place() error {
	if err := s.folder.Place(s.moves...); err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	return nil
}

func (s *Model) Discard() { s.folder.Discard() }

// Commit moves the staged files to where they belong, the model last, and enters out in the report, which ready hears before.
func Commit(s *Model, out string, r *report.Report, ready func(*report.Report) error) (err error) {
	r.Pruned.Path = out
	if ready != nil {
		err = ready(r)
	}
	if err == nil {
		err = s.Place()
	}
	if err != nil {
		r.Pruned.Path = ""
	}
	return err
}
