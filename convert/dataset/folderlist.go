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

// listing is the pictures below a folder, in the order of their folders' names and then their own.
type listing struct {
	names   []string // paths with slashes
	classes []string
	labels  []int // a class for each name; nil without classes
	all     []string
}

// pictureEndings are the endings of names of pictures.
var pictureEndings = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif"}

// isPicture reports whether a file of that name is taken for a picture.
func isPicture(name string) bool {
	return slices.Contains(pictureEndings, strings.ToLower(path.Ext(name)))
}

// mostDepth bounds how far folders are nested.
const mostDepth = 32

// listPictures lists the pictures below a folder. Names that begin with a dot are left out, as are
// folders that are links.
func listPictures(root string) (l listing, err error) {
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
		case isPicture(e.Name()):
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
		return l, fmt.Errorf("want pictures (%s), arrays (.npz, or .npy named after inputs) or folders %sN; have none", strings.Join(pictureEndings, ", "), testSetPrefix)
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
		if !e.IsDir() && isPicture(e.Name()) {
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

// leaveOut removes pictures.
func (l *listing) leaveOut(bad []badPicture) {
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

// file returns the path of a picture.
func (f *Folder) file(sample int) string {
	return filepath.Join(f.path, filepath.FromSlash(f.list.names[sample]))
}

// IsFolder reports whether the path is that of a folder.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// badPicture is a picture that cannot be decoded.
type badPicture struct {
	sample int
	name   string
	err    error
}

func (b badPicture) String() string { return fmt.Sprintf("%s: %v", b.name, b.err) }

// check decodes all pictures and returns those that cannot be decoded.
func (f *Folder) check() (bad []badPicture, err error) {
	errs := make([]error, f.Count())
	f.parallel(f.Count(), func(i int) { _, errs[i] = f.bytes(i) })
	for i, err := range errs {
		if err != nil {
			bad = append(bad, badPicture{i, f.list.names[i], err})
		}
	}
	return bad, nil
}

// mostNamed bounds the pictures that an error names.
const mostNamed = 10

// refuse returns the error that names what cannot be decoded: in all of the folder, so that it need
// not be found picture by picture.
func (f *Folder) refuse() error {
	bad, err := f.check()
	if err != nil {
		return err
	}
	if len(bad) == 0 {
		return fmt.Errorf("%s: pictures have changed while they were read", f.path)
	}
	return &BadPictures{Path: f.path, Of: f.Count(), Bad: describe(bad)}
}

func describe(bad []badPicture) []string {
	var s []string
	for _, b := range bad {
		s = append(s, b.String())
	}
	return s
}

// BadPictures is the error of a folder with pictures that cannot be decoded.
type BadPictures struct {
	Path string
	Of   int      // the number of pictures
	Bad  []string // the name of each that cannot be decoded, and why
}

// Error returns the number of bad pictures; Lines names them.
func (e *BadPictures) Error() string {
	return fmt.Sprintf("%s: %d of %d pictures cannot be decoded and are named above; --skip-bad leaves them out", e.Path, len(e.Bad), e.Of)
}

// Lines returns a line for each bad picture, up to a bound, and one for the others.
func (e *BadPictures) Lines() []string {
	lines := slices.Clone(e.Bad)
	if n := len(lines) - mostNamed; n > 0 {
		lines = append(lines[:mostNamed], fmt.Sprintf("and %d more", n))
	}
	for i := range lines {
		lines[i] = e.Path + string(filepath.Separator) + lines[i]
	}
	return lines
}
