package staging

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// prefix starts the names of the temporary folders. An unlocked folder of such a name was left
// behind by a killed process.
const prefix = ".pollard-tmp-"

// Folder is a temporary folder for files that are later moved to their targets.
type Folder struct {
	path string
	lock *os.File // nil if folders cannot be locked
}

// Beside creates a folder beside target and removes the stale ones there.
func Beside(target string) (*Folder, error) {
	return newFolder(filepath.Dir(target))
}

// Temporary creates a folder in the system's temporary directory, for files that are not kept.
func Temporary() (*Folder, error) {
	return newFolder(os.TempDir())
}

func newFolder(parent string) (*Folder, error) {
	removeStale(parent)
	defer enter()()
	for range 100 { // another process may take an unlocked folder for stale
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
	return nil, fmt.Errorf("%s: new folders disappear at once", parent)
}

// Path returns the path of the named file in the folder.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Discard removes the folder and its contents.
func (f *Folder) Discard() error {
	defer enter()()
	return f.remove()
}

// remove is Discard for callers that hold the lock of enter.
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

// removeAll is os.RemoveAll for a folder that others may still be writing to.
func removeAll(path string) error {
	var err error
	for range 5 {
		if err = os.RemoveAll(path); err == nil {
			return nil
		}
	}
	return err
}

// removeStale removes the folders in parent whose processes have died. It searches each parent
// once.
func removeStale(parent string) {
	if absolute, err := filepath.Abs(parent); err == nil {
		if _, known := looked.LoadOrStore(absolute, true); known {
			return
		}
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return // the write itself will report why not
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

// open records what would be left behind if the process ended now.
var open = struct {
	sync.Mutex
	folders map[*Folder]bool
	made    map[string]bool // by MkdirAll
	placed  []string        // targets that have been filled
}{folders: map[*Folder]bool{}, made: map[string]bool{}}

// enter blocks Abandon until the returned function is called.
func enter() (leave func()) {
	open.Lock()
	return open.Unlock
}
