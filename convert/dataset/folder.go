package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset/picture"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// Preprocess says how pictures become inputs.
type (
	Preprocess = picture.Preprocess
	PerChannel = picture.PerChannel // numbers of a Preprocess
)

// PictureOptions says how a folder of pictures is read.
type PictureOptions struct {
	// Preprocess says how pictures become inputs; what it leaves open is guessed.
	Preprocess Preprocess
	// SkipBad leaves out pictures that cannot be decoded, which takes a look at all of them.
	SkipBad bool
	// Threads bounds the pictures that are decoded at a time; 0 means as many as there are
	// processors.
	Threads int
	// Dims gives the extents of symbolic dimensions of the input.
	Dims map[string]int
}

// Folder is a Source of the pictures in a folder. It lists them when it is opened and decodes them
// when they are read, several at a time, so that their number takes no memory but for their names.
type Folder struct {
	tree
	opt    PictureOptions
	input  *graph.Value
	use    Preprocess // complete
	tables [][256]float32
	// Taken says what was taken from where.
	Taken Taken
	room  *room
	cache *cache
}

// Taken describes the data that a Folder, Sounds or Texts hold.
type Taken struct {
	// Classes lists the sub-folders, whose positions are the labels; nil if they are no classes.
	Classes []string
	// LeftOut lists the files that could not be decoded, and why, if they were to be skipped.
	LeftOut []string
	// Preprocess is complete, and Guessed lists its fields that nobody gave; nil for sounds.
	Preprocess *Preprocess
	Guessed    []string
	// Text is what was taken for text; nil for anything else.
	Text *TakenText
	// Table is what was taken from the columns of an Arrow file; nil for anything else.
	Table *Table
	// Calls are the sequences of calls that samples are; nil where each sample is one call.
	Calls *Calls
}

// TakenFrom says what was taken from the folder or the text that s reads, or nil if it reads no pictures, sounds or text.
func TakenFrom(s Source) *Taken {
	switch s := s.(type) {
	case *Folder:
		return &s.Taken
	case *Sounds:
		return &Taken{Classes: s.Classes(), LeftOut: s.LeftOut}
	case *Texts:
		return &Taken{Text: &s.taken}
	case *File:
		if s.table == nil {
			return nil
		}
		return &Taken{Table: s.table}
	case *sets:
		return TakenFrom(s.File)
	case *Calls:
		t := &Taken{Calls: s}
		if of := s.Sounds(); of != nil {
			t.Classes, t.LeftOut = of.Classes(), of.LeftOut
		}
		return t
	case interface{ Carries() *Calls }:
		return TakenFrom(s.Carries())
	case *paired:
		return TakenFrom(s.first)
	case *part:
		return TakenFrom(s.of)
	}
	return nil
}

// OpenFolder lists the pictures below the folder at path, which feed the first input of rank 4. Other
// inputs must have defaults. If all pictures lie in sub-folders, and there are at least two of them,
// these are classes.
func OpenFolder(path string, opt PictureOptions, inputs []*graph.Value) (*Folder, error) {
	f := &Folder{tree: tree{path: path, threads: opt.Threads}, opt: opt}
	if err := f.open(inputs); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func (f *Folder) open(inputs []*graph.Value) (err error) {
	if f.input, err = pictureInput(inputs); err != nil {
		return err
	}
	f.input = bound(f.input, f.opt.Dims)
	if f.use, f.Taken.Guessed, err = f.opt.Preprocess.For(f.input); err != nil {
		return fmt.Errorf("input %q: %w", f.input.Name, err)
	}
	if err := memory.Hold(fmt.Sprintf("a picture of %dx%d", f.use.Height, f.use.Width), memory.Product(8, int64(f.pixels()))); err != nil {
		return err
	}
	f.Taken.Preprocess, f.tables = &f.use, f.use.Normaliser()
	for _, t := range f.tables {
		if err := checkFinite("", graph.TensorOf(t[:], len(t)), nil); err != nil {
			return fmt.Errorf("after scale, mean and std: %w", err)
		}
	}
	if f.list, err = listFiles(f.path, pictureEndings); err != nil {
		return err
	}
	f.Taken.Classes = f.list.classes
	f.room, f.cache = newRoom(), newCache(f.pixels())
	if !f.opt.SkipBad {
		return nil
	}
	f.Taken.LeftOut, err = f.skip(f.decode)
	f.cache = newCache(f.pixels()) // numbers are others now
	return err
}

// pictureInput returns the first input of rank 4 that wants data.
func pictureInput(inputs []*graph.Value) (input *graph.Value, err error) {
	var others []string
	for _, v := range inputs {
		switch {
		case v.Const != nil:
		case input == nil && len(v.Type.Shape) == 4:
			input = v
		default:
			others = append(others, fmt.Sprintf("%q", v.Name))
		}
	}
	switch {
	case input == nil:
		return nil, fmt.Errorf("is a folder of pictures, and no input has rank 4: have %s", strings.Join(others, ", "))
	case len(others) > 0:
		return nil, fmt.Errorf("pictures feed the input %q alone, and the model has others: %s", input.Name, strings.Join(others, ", "))
	}
	return input, nil
}

// bound returns v with the extents of symbolic dimensions that dims has.
func bound(v *graph.Value, dims map[string]int) *graph.Value {
	w := *v
	w.Type.Shape = slices.Clone(w.Type.Shape)
	for i, d := range w.Type.Shape {
		if n, has := dims[d.String()]; has && !d.Known() {
			w.Type.Shape[i] = graph.Size(n)
		}
	}
	return &w
}

// pixels returns the number of bytes of one preprocessed picture.
func (f *Folder) pixels() int { return f.use.Height * f.use.Width * f.use.Channels() }

// Read decodes and preprocesses pictures as a Source does.
func (f *Folder) Read(samples []int) (map[string]*graph.Tensor, error) {
	for _, n := range samples {
		if n < 0 || n >= f.Count() {
			return nil, &ReadError{fmt.Errorf("%s: sample %d: there are %d", f.path, n, f.Count())}
		}
	}
	each := f.pixels()
	width := int64(max(4, f.input.Type.DType.Bits()/8))
	what := fmt.Sprintf("%s: %d pictures of %dx%d", f.path, len(samples), f.use.Height, f.use.Width)
	if err := memory.Hold(what, memory.Product(2*width, int64(each), int64(len(samples)))); err != nil {
		return nil, &ReadError{err}
	}
	numbers := make([]float32, each*len(samples))
	bad := make([]error, len(samples))
	f.parallel(len(samples), func(i int) {
		var pix []byte
		if pix, bad[i] = f.bytes(samples[i]); bad[i] == nil {
			f.use.Numbers(numbers[i*each:(i+1)*each], pix, f.tables)
		}
	})
	if slices.ContainsFunc(bad, func(err error) bool { return err != nil }) {
		return nil, &ReadError{f.refuse(f.decode)}
	}
	t, err := f.tensor(numbers, len(samples))
	if err != nil {
		return nil, &ReadError{fmt.Errorf("%s: input %q: %w", f.path, f.input.Name, err)}
	}
	return map[string]*graph.Tensor{f.input.Name: t}, nil
}

// tensor returns the numbers of n pictures as the input wants them.
func (f *Folder) tensor(numbers []float32, n int) (*graph.Tensor, error) {
	shape := []int{n, f.use.Channels(), f.use.Height, f.use.Width}
	if f.use.Layout == "nhwc" {
		shape = []int{n, f.use.Height, f.use.Width, f.use.Channels()}
	}
	d := f.input.Type.DType
	if d == graph.Undefined || d.IsFloat() {
		return convert(graph.TensorOf(numbers, shape...), d, nil)
	}
	whole := make([]int64, len(numbers))
	for i, x := range numbers {
		if whole[i] = int64(x); float32(whole[i]) != x {
			return nil, fmt.Errorf("want whole numbers for %v elements, and the preprocessing makes %v", d, x)
		}
	}
	return convert(graph.TensorOf(whole, shape...), d, nil)
}

// decode tries to decode a picture.
func (f *Folder) decode(sample int) error {
	_, err := f.bytes(sample)
	return err
}

// bytes returns the preprocessed pixels of a picture. They may be shared.
func (f *Folder) bytes(sample int) ([]byte, error) {
	if pix := f.cache.get(sample); pix != nil {
		return pix, nil
	}
	file, err := picture.Open(f.file(sample))
	if err != nil {
		return nil, err
	}
	f.room.enter(file.Bytes())
	defer f.room.leave(file.Bytes())
	p, err := file.Decode()
	if err != nil {
		return nil, err
	}
	pix := f.use.Bytes(p)
	f.cache.put(sample, pix)
	return pix, nil
}
