package output

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Staged is a model that is written but not yet in its place, together with the files that go there
// with it.
type Staged struct {
	folder *staging.Folder
	Path   string // of the model in the staging folder
	moves  []staging.Move
}

// Stage writes m to a temporary folder beside out.
func Stage(ctx context.Context, out string, m *graph.Model, o onnx.WriteOptions) (*Staged, error) {
	folder, err := staging.Beside(out)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	}
	name := filepath.Base(out) // the model refers to its external data by the final name
	s := &Staged{folder: folder, Path: folder.Path(name)}
	if err := onnx.Write(ctx, s.Path, m, o); err != nil {
		s.Discard()
		return nil, fmt.Errorf("%s: cannot be written: %w", out, cmp.Or(errors.Unwrap(err), err)) // without the path in the staging folder
	}
	if data := name + ".data"; exists(folder.Path(data)) {
		s.moves = append(s.moves, staging.Move{Name: data, Target: out + ".data"})
	}
	s.moves = append(s.moves, staging.Move{Name: name, Target: out})
	return s, nil
}

// Add stages another file, which is moved to out after the files added before it: once it is in
// place, so are they.
func (s *Staged) Add(out string, write func(io.Writer) error) error {
	m := staging.Move{Name: filepath.Base(out), Target: out}
	if err := s.folder.Write(m.Name, out, write); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	s.moves = append(s.moves, m)
	return nil
}

// Place moves the staged files to their targets.
func (s *Staged) Place() error {
	if err := s.folder.Place(s.moves...); err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	return nil
}

// Discard removes what is not in place yet.
func (s *Staged) Discard() { s.folder.Discard() }

// Commit sets the output path in r, calls ready with r unless ready is nil, and moves the staged
// files to their targets. If ready fails, nothing is moved.
func Commit(s *Staged, out string, r *report.Report, ready func(*report.Report) error) (err error) {
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
