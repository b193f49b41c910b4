package dataset

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
)

// Data holds samples to measure models on.
type Data struct {
	Samples Source
	// Labels holds one class for each sample; nil if not known.
	Labels []int
	// Truth is what is known of the samples where that is not a class; nil if it is not known.
	Truth Truth
}

// InMemory returns Data of arrays by input name, whose first axes count samples. labels may be nil.
func InMemory(feeds map[string]*graph.Tensor, labels []int) (*Data, error) {
	s, err := Held(feeds)
	if err != nil {
		return nil, err
	}
	return &Data{Samples: s, Labels: labels}, nil
}

// OpenData opens the file at path as Open does or, if it is text, as OpenTexts does, or the folder as
// OpenFolder does, with its labels, if it has any, or those in the file at labels, if that is not empty.
// If inputs are States, the samples are Calls.
func OpenData(path, labels string, opt Options, inputs []*graph.Value) (_ *Data, err error) {
	states, err := States(path, opt, inputs)
	if err != nil {
		return nil, err
	}
	if states != nil {
		return openCalls(path, labels, opt, states, inputs)
	}
	if IsFolder(path) {
		return openFolderData(path, labels, opt, inputs)
	}
	if IsText(path) {
		return openTextData(path, labels, opt, inputs)
	}
	samples, f, err := openFile(path, opt, inputs)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	d := &Data{Samples: samples}
	if labels != "" {
		d.Labels, err = LoadLabels(labels)
	} else {
		d.Labels, err = f.Labels()
	}
	if err != nil {
		return nil, err
	}
	if d.Labels != nil && len(f.arrays) > 0 && len(d.Labels) != f.Count() {
		return nil, fmt.Errorf("%s: want one label for each of %d samples, have %d", path, f.Count(), len(d.Labels))
	}
	return d, nil
}

// OpenSamples is OpenData without labels, which are not looked for.
func OpenSamples(path string, opt Options, inputs []*graph.Value) (*Data, error) {
	states, err := States(path, opt, inputs)
	if err != nil {
		return nil, err
	}
	if states != nil {
		d, err := openCalls(path, "", opt, states, inputs)
		if err != nil {
			return nil, err
		}
		d.Labels = nil
		return d, nil
	}
	if IsFolder(path) {
		d, err := openInFolder(path, opt, inputs)
		if err != nil {
			return nil, err
		}
		return &Data{Samples: d.Samples}, nil
	}
	if IsText(path) {
		t, err := OpenTexts(path, opt, inputs)
		if err != nil {
			return nil, err
		}
		return &Data{Samples: t}, nil
	}
	samples, _, err := openFile(path, opt, inputs)
	if err != nil {
		return nil, err
	}
	return &Data{Samples: samples}, nil
}

// openFile opens a file of arrays: samples of inputs with a first axis in common, or sets of inputs.
func openFile(path string, opt Options, inputs []*graph.Value) (Source, *File, error) {
	if Apart(inputs) {
		s, err := openSets(path, opt, inputs)
		if err != nil {
			return nil, nil, err
		}
		return s, s.File, nil
	}
	f, err := Open(path, opt, inputs)
	return f, f, err
}

// openFolderData is OpenData for a folder.
func openFolderData(path, labels string, opt Options, inputs []*graph.Value) (*Data, error) {
	d, err := openInFolder(path, opt, inputs)
	if err != nil || labels == "" {
		return d, err
	}
	f, files := d.Samples.(interface {
		LoadLabels(path string) ([]int, error)
	})
	if files {
		d.Labels, err = f.LoadLabels(labels)
	} else if d.Labels, err = LoadLabels(labels); err == nil && len(d.Labels) != d.Samples.Count() {
		err = fmt.Errorf("%s: want one label for each of %d samples of %s, have %d", labels, d.Samples.Count(), path, len(d.Labels))
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// openInFolder opens what is in a folder: ONNX test data, arrays, sounds, or else pictures.
func openInFolder(path string, opt Options, inputs []*graph.Value) (*Data, error) {
	sets, err := TestSets(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, staging.Pathless(err))
	}
	if sets != nil {
		return openTestSets(sets, inputs)
	}
	if d, err := openArrayFolder(path, opt, inputs); d != nil || err != nil {
		return d, err
	}
	if holdsSounds(path) {
		s, err := OpenSounds(path, opt, inputs)
		if err != nil {
			return nil, err
		}
		return &Data{Samples: s, Labels: s.Labels()}, nil
	}
	f, err := OpenFolder(path, opt.Pictures, inputs)
	if err != nil {
		return nil, err
	}
	return &Data{Samples: f, Labels: f.Labels()}, nil
}

// holdsSounds reports whether a folder is one of sounds: the first of the pictures and sounds in it is one.
func holdsSounds(path string) bool {
	l, err := listFiles(path, append(slices.Clone(pictureEndings), soundEndings...))
	return err == nil && hasEnding(l.names[0], soundEndings)
}

// HasClasses reports whether the path is that of a folder of pictures or sounds whose sub-folders are classes.
func HasClasses(path string) bool {
	if !IsFolder(path) {
		return false
	}
	l, err := listFiles(path, append(slices.Clone(pictureEndings), soundEndings...))
	return err == nil && l.classes != nil
}

// OptionsOf returns the options by which numbers that s reads from files become inputs, or nil if it reads none, or
// pictures or text, which have their own.
func OptionsOf(s Source) *Options {
	switch s := s.(type) {
	case *File:
		return &s.opt
	case *sets:
		return &s.opt
	case *Sounds:
		return &s.opt
	case *chain:
		if len(s.of) > 0 {
			return OptionsOf(s.of[0])
		}
	case *beside:
		return OptionsOf(s.of[0])
	case *part:
		return OptionsOf(s.of)
	case *paired:
		return OptionsOf(s.first)
	case *Calls:
		switch of := s.of.(type) {
		case *soundCalls:
			return &of.sounds.opt
		case *arrayCalls:
			return OptionsOf(of.of)
		}
	case interface{ Carries() *Calls }:
		return OptionsOf(s.Carries())
	}
	return nil
}

// Part returns the numbered samples with their labels. Closing it closes d.
func (d *Data) Part(samples []int) *Data {
	out := &Data{Samples: Part(d.Samples, samples)}
	if d.Truth != nil {
		out.Truth = d.Truth.Part(samples)
	}
	if d.Labels != nil {
		out.Labels = make([]int, len(samples))
		for i, n := range samples {
			out.Labels[i] = d.Labels[n]
		}
	}
	return out
}

// Close closes the files of the samples and of what is known of them, if there are any. d may be nil.
func (d *Data) Close() error {
	if d == nil {
		return nil
	}
	err := closeSource(d.Samples)
	if c, ok := d.Truth.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}
