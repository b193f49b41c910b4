package staging

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Move names a file of a Folder and the path it belongs at.
type Move struct{ Name, Target string }

// Place moves files of the folder to their targets. If one cannot be moved, the others are moved
// back. The last file is the one that refers to the others, as a model refers to its external data.
// If the process ends halfway, that file is unchanged, absent, or consistent with the others: an
// old file never stands beside new ones.
func (f *Folder) Place(moves ...Move) error {
	if err := f.place(moves); err != nil {
		return err
	}
	for _, m := range moves {
		syncFolder(filepath.Dir(m.Target))
	}
	return nil
}

func (f *Folder) place(moves []Move) error {
	defer enter()()
	for _, m := range moves {
		if info, err := os.Stat(m.Target); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s: exists and is not a regular file", m.Target)
		}
	}
	var p placing
	err := p.setAside(f, moves)
	for i := 0; err == nil && i < len(moves); i++ {
		err = p.move(f.Path(moves[i].Name), moves[i].Target)
	}
	if err != nil {
		return errors.Join(err, p.undo())
	}
	for _, m := range moves {
		if !strings.HasPrefix(filepath.Base(filepath.Dir(m.Target)), prefix) { // else its move to the final place comes later
			open.placed = append(open.placed, m.Target)
		}
	}
	return nil
}

// placing records the renames of a Place in progress, in order.
type placing struct{ done [][2]string }

// setAside moves existing targets out of the way, the last one first. A single target needs no such
// step: one rename replaces it.
func (p *placing) setAside(f *Folder, moves []Move) error {
	if len(moves) == 1 {
		return nil
	}
	for i := len(moves) - 1; i >= 0; i-- {
		if _, err := os.Lstat(moves[i].Target); err != nil {
			continue
		}
		if err := p.move(moves[i].Target, f.Path(fmt.Sprintf("old-%d", i))); err != nil {
			return err
		}
	}
	return nil
}

func (p *placing) move(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("%s: %w", to, Pathless(err))
	}
	p.done = append(p.done, [2]string{from, to})
	return nil
}

// undo reverts the renames, the last one first.
func (p *placing) undo() error {
	var errs []error
	for i := len(p.done) - 1; i >= 0; i-- {
		if err := os.Rename(p.done[i][1], p.done[i][0]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.done[i][0], Pathless(err)))
		}
	}
	return errors.Join(errs...)
}

// Create creates a file in the folder, with the mode of the file at target if there is one.
func (f *Folder) Create(name, target string) (*os.File, error) {
	defer enter()()
	mode := os.FileMode(0o666)
	info, err := os.Stat(target)
	if err == nil {
		mode = info.Mode().Perm()
	}
	file, openErr := os.OpenFile(f.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if openErr == nil && err == nil {
		file.Chmod(mode) // the umask does not apply to an existing mode; a file system without modes loses nothing
	}
	return file, openErr
}

// WriteFile writes the output of write to path atomically, following symbolic links. Errors do not
// name the path.
func WriteFile(ctx context.Context, path string, write func(io.Writer) error) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	f, err := Beside(path)
	if err != nil {
		return fmt.Errorf("cannot be written: %w", Pathless(err))
	}
	defer f.Discard()
	const name = "file"
	if err := f.Write(name, path, write); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f.Place(Move{name, path}); err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	return nil
}

// Write creates the named file of the folder, destined for target.
func (f *Folder) Write(name, target string, write func(io.Writer) error) error {
	file, err := f.Create(name, target)
	if err != nil {
		return fmt.Errorf("cannot be written: %w", Pathless(err))
	}
	w := bufio.NewWriterSize(file, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	var p *os.PathError
	if errors.As(err, &p) && p.Path == file.Name() { // a path that the user does not know
		return fmt.Errorf("cannot be written: %w", p.Err)
	}
	return err
}

// syncFolder flushes renames in the folder to disk. Errors are ignored: some systems cannot do it.
func syncFolder(path string) {
	if d, err := os.Open(path); err == nil {
		d.Sync()
		d.Close()
	}
}
