package onnx

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/pollard-dev/pollard/graph"
)

func write(ctx context.Context, path string, m *graph.Model, opt WriteOptions) error {
	data := path + ".data"
	if err := checkTarget(path, opt.Original); err != nil {
		return err
	}
	ex := newExporter()
	ex.sparsely = opt.Sparse
	p, err := ex.model(m)
	if err != nil {
		return err
	}
	threshold := opt.ExternalThreshold
	if threshold <= 0 || threshold > maxMessage {
		threshold = maxMessage
	}
	if ex.size(p) > threshold {
		if err := checkData(data, m); err != nil {
			return err
		}
		ex = newExporter()
		ex.sparsely = opt.Sparse
		ex.data = &dataFile{location: filepath.Base(data)}
		if p, err = ex.model(m); err != nil {
			return err
		}
		if size := ex.size(p); size > maxMessage {
			return fmt.Errorf("the model takes %d bytes beside its weights, and one message holds less than 2 GiB", size)
		}
	}
	message, err := ex.marshal(p)
	if err != nil {
		return err
	}
	var files replacement
	defer files.discard()
	if ex.data != nil && ex.data.contents.size > 0 {
		if err := files.add(ctx, data, ex.data.contents.list); err != nil {
			return err
		}
	}
	if err := files.add(ctx, path, message.list); err != nil {
		return err
	}
	return files.commit(ctx)
}

// checkTarget refuses to write over the original and over what is no file.
func checkTarget(path, original string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("there is something there that is not a file")
	}
	if original == "" {
		return nil
	}
	if was, err := os.Stat(original); err == nil && os.SameFile(info, was) {
		return fmt.Errorf("it is the original, %s, which is never overwritten", original)
	}
	return nil
}

// checkData refuses to write external data over that of the model being written.
func checkData(data string, m *graph.Model) error {
	if err := checkTarget(data, ""); err != nil {
		return fmt.Errorf("external data %s: %w", data, err)
	}
	extra, ok := m.Extra.(*modelExtra)
	if !ok {
		return nil
	}
	for _, source := range extra.external {
		if err := checkTarget(data, source); err != nil {
			return fmt.Errorf("external data %s: %w", data, err)
		}
	}
	return nil
}

// replacement is files that are written beside their targets and then take
// their places, all or none.
type replacement struct{ files []replacing }

type replacing struct {
	target, temp string
	backup       string // the old target, while the new one is in its place

}

// chunk is how much is written between two looks at the context.
const chunk = 4 << 20

// add writes the contents that target is to have, to the disk itself.
func (r *replacement) add(ctx context.Context, target string, contents [][]byte) (err error) {
	mode := os.FileMode(0o666)
	if info, err := os.Stat(target); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := createBeside(target, mode)
	if err != nil {
		return err
	}
	r.files = append(r.files, replacing{target: target, temp: f.Name()})
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := writePieces(ctx, f, contents); err != nil {
		return err
	}
	return f.Sync()
}

// createBeside makes a new file in target's folder, where it can be renamed to target.
func createBeside(target string, mode os.FileMode) (*os.File, error) {
	for try := 0; ; try++ {
		name := filepath.Join(filepath.Dir(target), fmt.Sprintf(".%s.%08x.tmp", filepath.Base(target), rand.Uint32()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err == nil || !errors.Is(err, os.ErrExist) || try == 100 {
			return f, err
		}
	}
}

// commit puts the files in their places. When one fails, those before it are undone.
func (r *replacement) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range r.files {
		last := i == len(r.files)-1 // renaming it is all or nothing by itself
		if err := r.files[i].install(!last); err != nil {
			for j := range i {
				err = errors.Join(err, r.files[j].undo())
			}
			return err
		}
	}
	for _, f := range r.files {
		if f.backup != "" {
			os.Remove(f.backup)
		}
		syncFolder(filepath.Dir(f.target))
	}
	return nil
}

// install renames the file to its target. With a backup, what was there is kept for undo.
func (f *replacing) install(backup bool) error {
	info, err := os.Lstat(f.target)
	if err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", f.target)
	}
	if err == nil && backup {
		f.backup = f.temp + ".old"
		if os.Link(f.target, f.backup) != nil { // where there are no links: a moment without the target
			if err := os.Rename(f.target, f.backup); err != nil {
				f.backup = ""
				return err
			}
		}
	}
	if err := os.Rename(f.temp, f.target); err != nil {
		return errors.Join(err, f.undo())
	}
	f.temp = ""
	return nil
}

// undo gives the target back what it had.
func (f *replacing) undo() error {
	if f.backup == "" {
		if f.temp != "" {
			return nil // it never got there
		}
		return os.Remove(f.target)
	}
	err := os.Rename(f.backup, f.target)
	if err == nil {
		os.Remove(f.backup) // renaming to another name of the same file does nothing
	}
	f.backup = ""
	return err
}

// discard removes the files that did not reach their targets.
func (r *replacement) discard() {
	for _, f := range r.files {
		if f.temp != "" {
			os.Remove(f.temp)
		}
	}
}

// writePieces writes the pieces one after the other, small ones gathered.
func writePieces(ctx context.Context, f *os.File, contents [][]byte) error {
	w := bufio.NewWriterSize(f, 1<<20)
	for _, b := range contents {
		for len(b) > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(len(b), chunk)
			if _, err := w.Write(b[:n]); err != nil {
				return err
			}
			b = b[n:]
		}
	}
	return w.Flush()
}

// syncFolder makes renames in the folder last. Systems that cannot are left to their own devices.
func syncFolder(path string) {
	if d, err := os.Open(path); err == nil {
		d.Sync()
		d.Close()
	}
}
