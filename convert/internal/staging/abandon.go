package staging

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// patience is how long Abandon waits for what is just being moved to its place.
const patience = 200 * time.Millisecond

// Abandon removes all that is not in its place, and returns the places that were filled. Nothing of this package returns afterwards: who
// calls it ends the process.
func Abandon() (placed []string) {
	for until := time.Now().Add(patience); !open.TryLock(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			return nil // a file system that does not answer would not do what follows either
		}
	}
	for f := range open.folders {
		f.remove()
	}
	removeEmpty(open.made)
	return open.placed
}

// Placed returns the places that were filled.
func Placed() []string {
	defer enter()()
	return slices.Clone(open.placed)
}

// MkdirAll is os.MkdirAll, and what it returns removes those of the folders that it made in which there is nothing.
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

// removeEmpty removes the folders with nothing in them, the innermost first.
func removeEmpty(folders map[string]bool) {
	for _, p := range slices.Backward(slices.Sorted(maps.Keys(folders))) { // a path sorts before those below it
		if info, err := os.Lstat(p); err == nil && info.IsDir() {
			os.Remove(p)
		}
	}
}
