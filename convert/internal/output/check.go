package output

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// Check returns an error if out is the input file itself or cannot be written.
func Check(in, out string) error {
	if out == "" {
		return errors.New("output: want the name of a file, have none")
	}
	a, err := os.Stat(in)
	if err != nil {
		return fmt.Errorf("%s: %w", in, staging.Pathless(err))
	}
	if b, err := os.Stat(out); err == nil {
		switch {
		case os.SameFile(a, b):
			return fmt.Errorf("%s: the output would overwrite the input", out)
		case !b.Mode().IsRegular():
			return fmt.Errorf("%s: the output exists and is no regular file", out)
		}
	} else if !errors.Is(err, os.ErrNotExist) { // such as a name that is too long
		return fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	}
	dir := filepath.Dir(out)
	if info, err := os.Stat(dir); err != nil {
		return fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	} else if !info.IsDir() {
		return fmt.Errorf("%s: cannot be written: %s is not a folder", out, dir)
	}
	folder, err := staging.Beside(out) // find out now, not after an hour of work
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	}
	return folder.Discard()
}

// CheckExternal returns an error if out, or the external data beside it, would overwrite a file
// that holds weights of the input.
func CheckExternal(weights []string, out string) error {
	for _, target := range []string{out, out + ".data"} {
		a, err := os.Stat(target)
		if err != nil {
			continue
		}
		for _, w := range weights {
			if b, err := os.Stat(w); err == nil && os.SameFile(a, b) {
				return fmt.Errorf("%s: the output would overwrite %s, which holds weights of the input", out, w)
			}
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
