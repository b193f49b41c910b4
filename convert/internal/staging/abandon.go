package staging

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// patience is how long Abandon waits for a move in progress.
const patience = 200 * time.Millisecond

// Abandon removes everything that is not in its place yet and returns the paths that were placed.
// No other function of this package returns afterwards: the caller is about to end the process.
func Abandon() (placed []string) {
	for until := time.Now().Add(patience); !open.TryLock(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			return nil // a file system that hangs would not complete the removal either
		}
	}
	for f := range open.folders {
		f.remove()
	}
	removeEmpty(open.made)
	return open.placed
}

// Placed returns the paths placed so far.
func Placed() []string {
	defer enter()()
	return slices.Clone(open.placed)
}

// MkdirAll is like os.MkdirAll. The function it returns removes those of the new folders that are
// still empty.
func MkdirAll(path string) (tidy func(), err error) {
	defer enter()()
	path = filepath.Clean(path)
	made := map[string]bool{}
	for p := path; ; p = filepath.Dir(p) {
		if _, err := os.Lstat(p); err == nil || p == filepath.Dir(p) {
			break
		}
		made[p] = true
	}
	err = os.MkdirAll(path, 0o777)
	maps.Copy(open.made, made)
	tidy = func() {
		defer enter()()
		removeEmpty(made)
		for p := range made {
			delete(open.made, p)
		}
	}
	if err != nil {
		removeEmpty(made)
		return func() {}, err
	}
	return tidy, nil
}

// removeEmpty removes the empty folders among the given ones, innermost first.
func removeEmpty(folders map[string]bool) {
	for _, p := range slices.Backward(slices.Sorted(maps.Keys(folders))) { // a path sorts before the paths below it
		if info, err := os.Lstat(p); err == nil && info.IsDir() {
			os.Remove(p)
		}
	}
}
