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

// Move is a file of a folder and the place where it belongs.
type Move struct{ Name, Target string }

// Place moves files of the folder to their places. When one cannot be moved, those before it are taken back. The last is the file that
// says what the others are, as a model does of its external data: when the process ends in between, it is as before, or it is not there, or
// all are there; never is an old one beside others that are new.
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
			return fmt.Errorf("%s: there is something there that is not a file", m.Target)
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
		if !strings.HasPrefix(filepath.Base(filepath.Dir(m.Target)), prefix) { // else it is on its way
			open.placed = append(open.placed, m.Target)
		}
	}
	return nil
}

// placing is a Place under way: what was renamed, in order.
type placing struct{ done [][2]string }

// setAside makes room where more than one file goes, the last first; one alone replaces what is there in one step.
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

// undo renames all back, the last first.
func (p *placing) undo() error {
	var errs []error
	for i := len(p.done) - 1; i >= 0; i-- {
		if err := os.Rename(p.done[i][1], p.done[i][0]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.done[i][0], Pathless(err)))
		}
	}
	return errors.Join(errs...)
}

// Create makes a file in the folder, with the mode of the file at target where one is there.
func (f *Folder) Create(name, target string) (*os.File, error) {
	defer enter()()
	mode := os.FileMode(0o666)
	info, err := os.Stat(target)
	if err == nil {
		mode = info.Mode().Perm()
	}
	file, openErr := os.OpenFile(f.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if openErr == nil && err == nil {
		file.Chmod(mode) // the umask has no say in what is there; where a file system has no modes, nothing is lost
	}
	return file, openErr
}

// WriteFile puts what write writes at path, whole or not at all. Symbolic links at path are followed. Errors say what went wrong, not
// where.
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

// Write makes a file of the folder that is to go to target.
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
	if errors.As(err, &p) && p.Path == file.Name() { // which nobody knows but we
		return fmt.Errorf("cannot be written: %w", p.Err)
	}
	return err
}

// syncFolder makes renames in the folder last. Systems that cannot are left to their own devices.
func syncFolder(path string) {
	if d, err := os.Open(path); err == nil {
		d.Sync()
		d.Close()
	}
}
