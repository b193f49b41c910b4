package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// Sounds is a Source of the WAV files in a folder. Each is one sample: the mean of its channels, from
// -1 to 1, cut at the end or continued with zeros to the length of the input. All have one rate.
type Sounds struct {
	tree
	opt    Options
	input  *graph.Value
	shape  []int // of one sample
	length int
	frames []int // of each sound
	// Rate is the number of samples a second, LeftOut lists the files that could not be decoded, and why,
	// if they were to be skipped.
	Rate    int
	LeftOut []string
}

// OpenSounds lists the WAV files below a folder, which feed the only input, of shape [N,T] or [N,1,T].
// Classes are as in OpenFolder. If T is symbolic and opt.Pictures.Dims does not set it, it is the length
// of the longest sound. All headers are read.
func OpenSounds(path string, opt Options, inputs []*graph.Value) (*Sounds, error) {
	s := &Sounds{tree: tree{path: path, threads: opt.Pictures.Threads}, opt: opt}
	if err := s.open(inputs); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *Sounds) open(inputs []*graph.Value) (err error) {
	if s.input, err = soundInput(inputs); err != nil {
		return err
	}
	s.input = bound(s.input, s.opt.Pictures.Dims)
	if s.list, err = listFiles(s.path, soundEndings); err != nil {
		return err
	}
	if s.opt.Pictures.SkipBad {
		if s.LeftOut, err = s.skip(s.decode); err != nil {
			return err
		}
	}
	longest, err := s.lengths()
	if err != nil {
		return err
	}
	for _, d := range s.input.Type.Shape[1:] {
		n, known := d.Value()
		if !known {
			n = longest
		}
		s.shape = append(s.shape, n)
	}
	if s.length = s.shape[len(s.shape)-1]; s.length < 1 {
		return fmt.Errorf("input %q: want a length, have %v", s.input.Name, s.input.Type)
	}
	return nil
}

// lengths reads all files and returns the length of the longest. They must have one rate.
func (s *Sounds) lengths() (longest int, err error) {
	waves := make([]struct{ rate, frames int }, s.Count())
	errs := make([]error, s.Count())
	s.parallel(s.Count(), func(i int) {
		w, err := openWave(s.file(i))
		if errs[i] = err; err == nil {
			waves[i].rate, waves[i].frames = w.rate, w.frames()
		}
	})
	if slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return 0, s.refuse(s.decode)
	}
	for i, w := range waves {
		if s.Rate == 0 {
			s.Rate = w.rate
		}
		if w.rate != s.Rate {
			return 0, fmt.Errorf("%s: want %d samples a second as in %s, have %d; sounds are not resampled", s.list.names[i], s.Rate, s.list.names[0], w.rate)
		}
		longest = max(longest, w.frames)
		s.frames = append(s.frames, w.frames)
	}
	return longest, nil
}

// soundInput returns the input that takes sounds.
func soundInput(inputs []*graph.Value) (input *graph.Value, err error) {
	var names []string
	for _, v := range inputs {
		if v.Const == nil {
			input = v
			names = append(names, fmt.Sprintf("%q", v.Name))
		}
	}
	if len(names) != 1 {
		return nil, fmt.Errorf("sounds feed one input, and the model has %d: %s", len(names), strings.Join(names, ", "))
	}
	shape := input.Type.Shape
	if len(shape) == 2 || len(shape) == 3 && (shape[1].Is(1) || !shape[1].Known()) {
		if d := input.Type.DType; d.IsFloat() || d == graph.Undefined {
			v := *input
			if len(shape) == 3 {
				v.Type.Shape = slices.Clone(shape)
				v.Type.Shape[1] = graph.Size(1)
			}
			return &v, nil
		}
	}
	return nil, fmt.Errorf("input %q: want floating-point numbers of shape [N,T] or [N,1,T] for sounds, have %v", input.Name, input.Type)
}

// decode tries to decode a file.
func (s *Sounds) decode(sample int) error {
	_, err := openWave(s.file(sample))
	return err
}

// Read decodes sounds as a Source does.
func (s *Sounds) Read(samples []int) (map[string]*graph.Tensor, error) {
	for _, n := range samples {
		if n < 0 || n >= s.Count() {
			return nil, &ReadError{fmt.Errorf("%s: sample %d: there are %d", s.path, n, s.Count())}
		}
	}
	what := fmt.Sprintf("%s: %d sounds of %d samples", s.path, len(samples), s.length)
	if err := memory.Hold(what, memory.Product(16, int64(s.length), int64(len(samples)))); err != nil {
		return nil, &ReadError{err}
	}
	numbers := make([]float32, s.length*len(samples))
	errs := make([]error, len(samples))
	s.parallel(len(samples), func(i int) {
		w, err := openWave(s.file(samples[i]))
		if errs[i] = err; err == nil {
			w.numbers(numbers[i*s.length : (i+1)*s.length])
		}
	})
	if slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return nil, &ReadError{s.refuse(s.decode)}
	}
	t := graph.TensorOf(numbers, append([]int{len(samples)}, s.shape...)...)
	t, err := s.opt.numbers(fmt.Sprintf("input %q", s.input.Name), t, false, samples)
	if err == nil {
		t, err = convert(t, s.input.Type.DType, samples)
	}
	if err != nil {
		return nil, &ReadError{fmt.Errorf("%s: %w", s.path, err)}
	}
	return map[string]*graph.Tensor{s.input.Name: t}, nil
}
