package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
)

// tree is the files of some kind below a folder, each a sample.
type tree struct {
	path    string
	list    listing
	threads int
}

// Count returns the number of files.
func (t *tree) Count() int { return len(t.list.names) }

// Names returns the paths of the files below the folder, with slashes.
func (t *tree) Names() []string { return t.list.names }

// Classes lists the folders whose positions are the labels; nil if there are none.
func (t *tree) Classes() []string { return t.list.classes }

// Labels returns the number of the class folder that each file lies in; nil if there are none.
func (t *tree) Labels() []int { return t.list.labels }

// badFile is a file that cannot be decoded.
type badFile struct {
	sample int
	name   string
	err    error
}

func (b badFile) String() string { return fmt.Sprintf("%s: %v", b.name, b.err) }

// check decodes all files and returns those that cannot be decoded.
func (t *tree) check(decode func(sample int) error) (bad []badFile) {
	errs := make([]error, t.Count())
	t.parallel(t.Count(), func(i int) { errs[i] = decode(i) })
	for i, err := range errs {
		if err != nil {
			bad = append(bad, badFile{i, t.list.names[i], err})
		}
	}
	return bad
}

// skip leaves out the files that cannot be decoded, and returns what is wrong with them.
func (t *tree) skip(decode func(sample int) error) (leftOut []string, err error) {
	bad := t.check(decode)
	t.list.leaveOut(bad)
	if len(t.list.names) == 0 {
		return nil, fmt.Errorf("want a file that can be decoded, have %d that cannot: %s", len(bad), bad[0])
	}
	return describe(bad), nil
}

// mostNamed bounds the pictures that an error names.
const mostNamed = 10

// refuse returns the error that names what cannot be decoded: in all of the folder, so that it need
// not be found file by file.
func (t *tree) refuse(decode func(sample int) error) error {
	bad := t.check(decode)
	if len(bad) == 0 {
		return fmt.Errorf("%s: files have changed while they were read", t.path)
	}
	return &BadFiles{Path: t.path, Of: t.Count(), Bad: describe(bad)}
}

func describe(bad []badFile) []string {
	var s []string
	for _, b := range bad {
		s = append(s, b.String())
	}
	return s
}

// BadFiles is the error of a folder with files that cannot be decoded.
type BadFiles struct {
	Path string
	Of   int      // the number of files
	Bad  []string // the name of each that cannot be decoded, and why
}

// Error returns the number of bad files; Lines names them.
func (e *BadFiles) Error() string {
	return fmt.Sprintf("%s: %d of %d files cannot be decoded and are named above; --skip-bad leaves them out", e.Path, len(e.Bad), e.Of)
}

// Lines returns a line for each bad file, up to a bound, and one for the others.
func (e *BadFiles) Lines() []string {
	lines := slices.Clone(e.Bad)
	if n := len(lines) - mostNamed; n > 0 {
		lines = append(lines[:mostNamed], fmt.Sprintf("and %d more", n))
	}
	for i := range lines {
		lines[i] = e.Path + string(filepath.Separator) + lines[i]
	}
	return lines
}
