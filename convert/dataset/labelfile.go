package dataset

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph/memory"
)

// labelText is labels as a text file has them.
type labelText struct {
	inOrder []string // one for each sample
	byFile  []fileLabel
}

// fileLabel is the label of a file, and where it stands.
type fileLabel struct{ file, label, where string }

// isLabelText reports whether the path is that of labels as text.
func isLabelText(path string) bool {
	return slices.Contains([]string{".csv", ".txt", ".json"}, strings.ToLower(filepath.Ext(path)))
}

// readLabelText reads labels by the ending of the file's name: .csv with rows "file,label" under an
// optional header, .json with an object of files and labels or a list of labels, .txt with a label or
// a file and a label in each line.
func readLabelText(path string) (l labelText, err error) {
	f, err := os.Open(path)
	if err != nil {
		return l, staging.Pathless(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return l, staging.Pathless(err)
	}
	if err := memory.Hold("the file", memory.Product(info.Size(), 8)); err != nil {
		return l, err
	}
	b, err := io.ReadAll(io.LimitReader(f, memory.Limit(0).Bytes()/8))
	if err != nil {
		return l, staging.Pathless(err)
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		err = l.csv(text)
	case ".json":
		err = l.json(text)
	default:
		err = l.lines(text)
	}
	if err == nil && len(l.inOrder)+len(l.byFile) == 0 {
		err = errors.New("want labels, have none")
	}
	return l, err
}

func (l *labelText) csv(text string) error {
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace = true
	for row := 0; ; row++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("CSV: %w", err)
		}
		line, _ := r.FieldPos(0)
		if len(fields) != 2 {
			return fmt.Errorf("line %d: want a file and a label, have %d fields", line, len(fields))
		}
		file := strings.TrimSpace(fields[0])
		if row == 0 && !isSample(file) {
			continue // names of columns
		}
		l.byFile = append(l.byFile, fileLabel{file, strings.TrimSpace(fields[1]), fmt.Sprintf("line %d", line)})
	}
}

func (l *labelText) lines(text string) error {
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		where := fmt.Sprintf("line %d", i+1)
		at := strings.LastIndexAny(line, " \t")
		if at > 0 && isSample(strings.TrimSpace(line[:at])) {
			l.byFile = append(l.byFile, fileLabel{strings.TrimSpace(line[:at]), line[at+1:], where})
		} else {
			l.inOrder = append(l.inOrder, line)
		}
		if len(l.byFile) > 0 && len(l.inOrder) > 0 {
			return fmt.Errorf("%s: want a file and a label in each line, or a label in each, have both", where)
		}
	}
	return nil
}

func (l *labelText) json(text string) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	first, err := d.Token()
	if err != nil {
		return fmt.Errorf("JSON: %w", err)
	}
	open, _ := first.(json.Delim)
	if open != '{' && open != '[' {
		return fmt.Errorf("JSON: want an object of files and labels, or a list of labels")
	}
	for d.More() {
		file := ""
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return fmt.Errorf("JSON: %w", err)
			}
			file = key.(string)
		}
		value, err := d.Token()
		if err != nil {
			return fmt.Errorf("JSON: %w", err)
		}
		switch value.(type) {
		case string, json.Number:
		default:
			return fmt.Errorf("JSON: want numbers or names of classes as labels, have %v", value)
		}
		if open == '{' {
			l.byFile = append(l.byFile, fileLabel{file, fmt.Sprint(value), "object"})
		} else {
			l.inOrder = append(l.inOrder, fmt.Sprint(value))
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("JSON: %w", err)
	}
	return nil
}

// loadLabelText reads labels of samples without names: numbers, one for each sample.
func loadLabelText(path string) ([]int, error) {
	l, err := readLabelText(path)
	if err != nil {
		return nil, err
	}
	if len(l.byFile) > 0 {
		return nil, fmt.Errorf("%s: want a label for each sample in order: files are labelled only in a folder", l.byFile[0].where)
	}
	labels := make([]int, len(l.inOrder))
	for i, text := range l.inOrder {
		if labels[i], err = classNumber(text, nil); err != nil {
			return nil, fmt.Errorf("label of sample %d: %w", i, err)
		}
	}
	return labels, nil
}

// classNumber returns the class that a label is: a number, or the name of one of the classes.
func classNumber(label string, classes []string) (int, error) {
	if i := slices.Index(classes, label); i >= 0 {
		return i, nil
	}
	if n, err := strconv.Atoi(label); err == nil && n >= 0 && n <= math.MaxInt32 {
		return n, nil
	}
	if classes == nil {
		return 0, fmt.Errorf("want the number of a class, have %q", label)
	}
	return 0, fmt.Errorf("want a class of the folder, %s, or its number; have %q", joinNames(classes), label)
}

// LoadLabels reads the labels of the files from a file: a text file, as CSV, JSON or lines, or an
// array of class numbers in the order of the files. Labels are numbers or names of class folders.
func (t *tree) LoadLabels(path string) ([]int, error) {
	labels, err := t.loadLabels(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return labels, nil
}

func (t *tree) loadLabels(path string) ([]int, error) {
	if !isLabelText(path) {
		labels, err := loadLabels(path)
		if err != nil {
			return nil, err
		}
		return t.keep(labels)
	}
	l, err := readLabelText(path)
	if err != nil {
		return nil, err
	}
	classes := t.list.classes
	if len(l.inOrder) > 0 {
		labels := make([]int, len(l.inOrder))
		for i, text := range l.inOrder {
			if labels[i], err = classNumber(text, classes); err != nil {
				return nil, fmt.Errorf("label %d: %w", i+1, err)
			}
		}
		return t.keep(labels)
	}
	return t.matched(l.byFile, classes)
}

// matched gives each picture the label of its file.
func (t *tree) matched(byFile []fileLabel, classes []string) ([]int, error) {
	at := t.list.positions()
	of := make([]int, len(t.list.all))
	for i := range of {
		of[i] = -1
	}
	for _, e := range byFile {
		i, known := at[path.Clean(filepath.ToSlash(e.file))]
		if !known || i == ambiguous {
			return nil, fmt.Errorf("%s: want one of the %d files of %s, have %q", e.where, len(t.list.all), t.path, e.file)
		}
		n, err := classNumber(e.label, classes)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", e.where, e.file, err)
		}
		if of[i] >= 0 && of[i] != n {
			return nil, fmt.Errorf("%s: %s is of class %d already, have %d", e.where, e.file, of[i], n)
		}
		of[i] = n
	}
	labels := make([]int, 0, t.Count())
	kept := t.list.keptOnes()
	for i, n := range of {
		if !kept[i] {
			continue
		}
		if n < 0 {
			return nil, fmt.Errorf("want a label for each of %d files, have none for %s", len(of), t.list.all[i])
		}
		labels = append(labels, n)
	}
	return labels, nil
}

// keep returns the labels of the files that were not left out, out of labels in the order of all.
func (t *tree) keep(labels []int) ([]int, error) {
	if len(labels) != len(t.list.all) {
		return nil, fmt.Errorf("want one label for each of %d files of %s, have %d", len(t.list.all), t.path, len(labels))
	}
	var kept []int
	for i, is := range t.list.keptOnes() {
		if is {
			kept = append(kept, labels[i])
		}
	}
	return kept, nil
}

// keptOnes says of all pictures which were not left out.
func (l *listing) keptOnes() []bool {
	kept, next := make([]bool, len(l.all)), 0
	for i, name := range l.all {
		if next < len(l.names) && l.names[next] == name {
			kept[i] = true
			next++
		}
	}
	return kept
}

// ambiguous is the position of a name that several pictures have.
const ambiguous = -1

// positions maps paths of pictures to their positions, and so the names without folders that only
// one picture has.
func (l *listing) positions() map[string]int {
	at := make(map[string]int, 2*len(l.all))
	for i, name := range l.all {
		base := path.Base(name)
		if _, twice := at[base]; twice {
			i = ambiguous
		}
		at[base] = i
	}
	for i, name := range l.all {
		at[name] = i
	}
	return at
}
