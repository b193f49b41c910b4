package dataset

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// listing is the files of some kind below a folder, in the order of their folders' names and then their
// own.
type listing struct {
	names   []string // paths with slashes
	classes []string
	labels  []int // a class for each name; nil without classes
	all     []string
	endings []string
}

// pictureEndings are the endings of names of pictures.
var pictureEndings = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif"}

// soundEndings are the endings of names of sounds.
var soundEndings = []string{".wav"}

// hasEnding reports whether a name has one of the endings.
func hasEnding(name string, endings []string) bool {
	return slices.Contains(endings, strings.ToLower(path.Ext(name)))
}

// isSample reports whether a file of that name is taken for a sample.
func isSample(name string) bool {
	return hasEnding(name, pictureEndings) || hasEnding(name, soundEndings)
}

// mostDepth bounds how far folders are nested.
const mostDepth = 32

// listFiles lists the files below a folder whose names have one of the endings. Names that begin with a
// dot are left out, as are folders that are links.
func listFiles(root string, endings []string) (l listing, err error) {
	l.endings = endings
	top, err := readFolder(root)
	if err != nil {
		return l, err
	}
	flat := 0
	var folders []string
	for _, e := range top {
		switch {
		case e.IsDir():
			folders = append(folders, e.Name())
		case hasEnding(e.Name(), l.endings):
			flat++
			l.names = append(l.names, e.Name())
		}
	}
	for i, name := range folders {
		before := len(l.names)
		if err := l.walk(root, name, 1); err != nil {
			return l, err
		}
		for range len(l.names) - before {
			l.labels = append(l.labels, i)
		}
	}
	if len(l.names) == 0 {
		return l, fmt.Errorf("want pictures (%s), sounds (.wav), arrays (.npz, or .npy named after inputs) or folders %sN; have none", strings.Join(pictureEndings, ", "), testSetPrefix)
	}
	if l.classes = folders; flat > 0 || len(folders) < 2 {
		l.classes, l.labels = nil, nil
	}
	l.all = l.names
	return l, nil
}

// walk adds the pictures below a folder.
func (l *listing) walk(root, dir string, depth int) error {
	if depth > mostDepth {
		return fmt.Errorf("%s: want at most %d folders in each other", dir, mostDepth)
	}
	entries, err := readFolder(filepath.Join(root, filepath.FromSlash(dir)))
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	for _, e := range entries {
		if !e.IsDir() && hasEnding(e.Name(), l.endings) {
			l.names = append(l.names, path.Join(dir, e.Name()))
		}
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := l.walk(root, path.Join(dir, e.Name()), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// readFolder lists a folder in the order of names, but for names that begin with a dot.
func readFolder(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, staging.Pathless(err)
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// leaveOut removes files.
func (l *listing) leaveOut(bad []badFile) {
	skip := map[int]bool{}
	for _, b := range bad {
		skip[b.sample] = true
	}
	var names []string
	var labels []int
	for i, name := range l.names {
		if skip[i] {
			continue
		}
		names = append(names, name)
		if l.labels != nil {
			labels = append(labels, l.labels[i])
		}
	}
	l.names, l.labels = names, labels
}

// file returns the path of a sample.
func (t *tree) file(sample int) string {
	return filepath.Join(t.path, filepath.FromSlash(t.list.names[sample]))
}

// IsFolder reports whether the path is that of a folder.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
