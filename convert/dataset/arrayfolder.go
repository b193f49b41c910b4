package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// openArrayFolder opens the arrays in a folder, if it has any that it may be opened for: files named after
// the inputs, or .npz files that hold a part of the samples each. It returns nil if it has neither.
func openArrayFolder(path string, opt Options, inputs []*graph.Value) (*Data, error) {
	shards, columns, err := arrayFiles(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case len(shards) > 0:
		return openShards(path, shards, opt, inputs)
	case slices.ContainsFunc(inputs, func(v *graph.Value) bool { return columns[columnName(v)] != "" }):
		return openColumns(path, columns, opt, inputs)
	case len(columns) > 0 && !holdsOthers(path):
		return nil, fmt.Errorf("%s: want arrays named after the inputs, as in %s.npy, have %s", path, columnName(firstFed(inputs)), joinNames(sortedKeys(columns)))
	}
	return nil, nil
}

// arrayFiles lists the .npz files of a folder, and the other files of arrays by their names without endings.
func arrayFiles(path string) (shards []string, columns map[string]string, err error) {
	entries, err := readFolder(path)
	columns = map[string]string{}
	for _, e := range entries {
		full := filepath.Join(path, e.Name())
		stem, ending := strings.TrimSuffix(e.Name(), ".gz"), ""
		if at := strings.LastIndexByte(stem, '.'); at > 0 {
			stem, ending = stem[:at], strings.ToLower(stem[at:])
		}
		switch {
		case e.IsDir():
		case ending == ".npz":
			shards = append(shards, full)
		case ending == ".npy" || ending == ".idx":
			columns[stem] = full
		}
	}
	return shards, columns, err
}

// holdsOthers reports whether a folder holds folders, pictures or sounds.
func holdsOthers(path string) bool {
	entries, _ := readFolder(path)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.IsDir() || isSample(e.Name()) })
}

// columnName returns the name of the file for an input: that of run's outputs.
func columnName(v *graph.Value) string {
	if v == nil {
		return "input"
	}
	return strings.NewReplacer("/", "_", "\\", "_", ":", "_").Replace(v.Name)
}

func firstFed(inputs []*graph.Value) *graph.Value {
	for _, v := range inputs {
		if v.Const == nil {
			return v
		}
	}
	return nil
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// openColumns opens a file for each input.
func openColumns(path string, columns map[string]string, opt Options, inputs []*graph.Value) (_ *Data, err error) {
	b := &beside{}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	count := -1
	var constants []Source
	for _, v := range inputs {
		file := columns[columnName(v)]
		if file == "" {
			if v.Const != nil {
				continue
			}
			return nil, fmt.Errorf("%s: input %q: want a file %s.npy, have %s", path, v.Name, columnName(v), joinNames(sortedKeys(columns)))
		}
		one := *v
		one.Const = nil // it is fed
		f, err := Open(file, opt, []*graph.Value{&one})
		if err != nil {
			return nil, err
		}
		if len(v.Type.Shape) == 0 && v.Type.Shape != nil {
			constants = append(constants, f)
			continue
		}
		b.of = append(b.of, f)
		if n := f.Count(); count >= 0 && n != count {
			return nil, fmt.Errorf("%s: want %d samples as in the other files, have %d", file, count, n)
		}
		count = f.Count()
	}
	if count < 0 {
		return nil, fmt.Errorf("%s: want samples, have constants alone", path)
	}
	b.of = append(b.of, constants...)
	d := &Data{Samples: b}
	if file := columns[labelsName]; file != "" && !slices.ContainsFunc(inputs, func(v *graph.Value) bool { return v.Name == labelsName }) {
		d.Labels, err = LoadLabels(file)
	}
	return d, err
}

// mostShards bounds the files that are open at a time.
const mostShards = 512

// openShards opens .npz files, in the order of their names.
func openShards(path string, shards []string, opt Options, inputs []*graph.Value) (_ *Data, err error) {
	if len(shards) > mostShards {
		return nil, fmt.Errorf("%s: want at most %d .npz files, have %d", path, mostShards, len(shards))
	}
	d := &Data{}
	var of []Source
	defer func() {
		if err != nil {
			err = errors.Join(err, (&chain{of: of}).Close())
		}
	}()
	for i, shard := range shards {
		f, err := Open(shard, opt, inputs)
		if err != nil {
			return nil, err
		}
		of = append(of, f)
		labels, err := f.Labels()
		if err != nil {
			return nil, err
		}
		if i > 0 && (labels == nil) != (d.Labels == nil) {
			return nil, fmt.Errorf("%s: want labels in all .npz files or in none", shard)
		}
		if labels != nil && len(labels) != f.Count() {
			return nil, fmt.Errorf("%s: want one label for each of %d samples, have %d", shard, f.Count(), len(labels))
		}
		d.Labels = append(d.Labels, labels...)
	}
	d.Samples = Chain(of)
	return d, nil
}
