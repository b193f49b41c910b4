package onnx

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/internal/staging"
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
			return fmt.Errorf("the model takes %d bytes without its weights, and one message holds less than 2 GiB", size)
		}
	}
	message, err := ex.marshal(p)
	if err != nil {
		return err
	}
	return replace(ctx, path, message.list, ex.data)
}

// checkTarget refuses to overwrite the original, or anything that is not a regular file.
func checkTarget(path, original string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("exists and is not a regular file")
	}
	if original == "" {
		return nil
	}
	if o, err := os.Stat(original); err == nil && os.SameFile(info, o) {
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

// chunk is how much is written between checks of the context.
const chunk = 4 << 20

// replace writes the model to path and its external data, if any, beside it: both or neither.
func replace(ctx context.Context, path string, message [][]byte, data *dataFile) error {
	folder, err := staging.Beside(path)
	if err != nil {
		return err
	}
	defer folder.Discard()
	model := staging.Move{Name: "model", Target: path}
	moves := []staging.Move{model}
	if data != nil && data.contents.size > 0 {
		weights := staging.Move{Name: "data", Target: path + ".data"}
		if err := fill(ctx, folder, weights, data.contents.list); err != nil {
			return err
		}
		moves = []staging.Move{weights, model}
	}
	if err := fill(ctx, folder, model, message); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return folder.Place(moves...)
}

// fill writes a file of the folder and flushes it to disk.
func fill(ctx context.Context, folder *staging.Folder, m staging.Move, contents [][]byte) error {
	f, err := folder.Create(m.Name, m.Target)
	if err != nil {
		return err
	}
	err = writePieces(ctx, f, contents)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// writePieces writes the pieces one after the other, combining small ones.
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
