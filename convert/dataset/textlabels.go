package dataset

import (
	"fmt"
	"os"
	"sync"

	"github.com/pollard-dev/pollard/graph"
)

// Labels returns the classes in the file, one for each sentence; nil if it has none.
func (t *Texts) Labels() ([]int, error) {
	if !t.form.labelled() {
		return nil, nil
	}
	labels := make([]int, t.Count())
	var without int
	var lock sync.Mutex
	err := t.each(t.Count(), func(i int) error {
		r, err := t.record(i)
		if err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
		if r.label == "" {
			lock.Lock()
			without++
			lock.Unlock()
			return nil
		}
		if labels[i], err = classNumber(r.label, nil); err != nil {
			return fmt.Errorf("label of sample %d: %w", i, err)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", t.path, err)
	case without == t.Count():
		return nil, nil
	case without > 0:
		return nil, fmt.Errorf("%s: want a label for each of %d sentences, %d have none", t.path, t.Count(), without)
	}
	return labels, nil
}

// openTextData is OpenData for a file of text.
func openTextData(path, labels string, opt Options, inputs []*graph.Value) (_ *Data, err error) {
	t, err := OpenTexts(path, opt, inputs)
	if err != nil {
		return nil, err
	}
	d := &Data{Samples: t}
	if labels == "" {
		d.Labels, err = t.Labels()
	} else if d.Labels, err = LoadLabels(labels); err == nil && len(d.Labels) != t.Count() {
		err = fmt.Errorf("%s: want one label for each of %d sentences of %s, have %d", labels, t.Count(), path, len(d.Labels))
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return d, nil
}

// TextHasClasses reports whether the first sample of the text at path has a label that is the number of a
// class. It is false for files that cannot be read, which others complain about.
func TextHasClasses(path string) bool {
	t := &Texts{path: path}
	defer t.Close()
	var err error
	if t.file, err = os.Open(path); err != nil {
		return false
	}
	if t.info, err = t.file.Stat(); err != nil || !t.info.Mode().IsRegular() {
		return false
	}
	if t.form, err = newTextForm(path, t.file); err != nil || !t.form.labelled() || t.find() != nil || t.Count() == 0 {
		return false
	}
	r, err := t.record(0)
	if err != nil {
		return false
	}
	_, err = classNumber(r.label, nil)
	return err == nil
}
