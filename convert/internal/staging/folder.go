package staging

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// prefix begins the names of the folders. What has such a name and is not locked was left by a process that was killed.
const prefix = ".pollard-tmp-"

// Folder is a temporary folder that files are made in before they are moved to their places.
type Folder struct {
	path string
	lock *os.File // nil where folders cannot be locked
}

// Beside makes a folder beside target, and removes those there that killed processes left.
func Beside(target string) (*Folder, error) {
	return newFolder(filepath.Dir(target))
}

// Temporary makes a folder where the system keeps temporary files, for files that are not to be kept.
func Temporary() (*Folder, error) {
	return newFolder(os.TempDir())
}

func newFolder(parent string) (*Folder, error) {
	removeStale(parent)
	defer enter()()
	for range 100 { // another process may take for stale what is not locked yet
		path, err := os.MkdirTemp(parent, prefix)
		if err != nil {
			return nil, err
		}
		f := &Folder{path: path}
		var alive bool
		if f.lock, alive = lockNew(path); !alive {
			continue
		}
		open.folders[f] = true
		return f, nil
	}
	return nil, fmt.Errorf("%s: folders that are made there vanish", parent)
}

// Path is where the file of that name in the folder is.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Discard removes the folder and what is in it.
func (f *Folder) Discard() error {
	defer enter()()
	return f.remove()
}

// remove is Discard for who has entered.
func (f *Folder) remove() error {
	if !open.folders[f] {
		return nil
	}
	delete(open.folders, f)
	err := removeAll(f.path)
	if f.lock != nil {
		f.lock.Close()
	}
	return err
}

// removeAll is os.RemoveAll where somebody may still be writing.
func removeAll(path string) error {
	var err error
	for range 5 {
		if err = os.RemoveAll(path); err == nil {
			return nil
		}
	}
	return err
}

// removeStale removes the folders in parent that processes left which are no more. It looks once into each.
func removeStale(parent string) {
	if absolute, err := filepath.Abs(parent); err == nil {
		if _, known := looked.LoadOrStore(absolute, true); known {
			return
		}
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return // who writes there will say why not
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		path := filepath.Join(parent, e.Name())
		if lock := lockStale(path); lock != nil {
			os.RemoveAll(path)
			lock.Close()
		}
	}
}

var looked sync.Map

// open is what would be left if the process ended now.
var open = struct {
	sync.Mutex
	folders map[*Folder]bool
	made    map[string]bool // folders of MkdirAll
	placed  []string        // what went to its place
}{folders: map[*Folder]bool{}, made: map[string]bool{}}

// enter keeps Abandon from happening in between, and returns what ends that.
func enter() (leave func()) {
	open.Lock()
	return open.Unlock
}
