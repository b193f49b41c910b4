package dataset

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// soundCalls are the sounds of a folder, each a sequence of frames. Where the frame is longer than the hop,
// it has what came before in front; before the beginning and behind the end are zeros.
type soundCalls struct {
	sounds     *Sounds
	rate       *graph.Value // the input that gets the rate; nil if none does
	frame, hop int
	shape      []int // of one call

	mutex sync.Mutex
	held  map[int][]float32 // decoded sounds
	bytes int64
}

// mostHeldSounds bounds the bytes of decoded sounds that are held for the next calls.
const mostHeldSounds = 64 << 20

func openSoundCalls(path string, opt Options, frames StateOptions, inputs []*graph.Value) (*soundCalls, error) {
	s := &soundCalls{held: map[int][]float32{}}
	rest := slices.DeleteFunc(slices.Clone(inputs), func(v *graph.Value) bool {
		if s.rate == nil && takesRate(v) {
			s.rate = v
			return true
		}
		return false
	})
	input, err := soundInput(rest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.frame, err = frames.frameOf(bound(input, opt.Pictures.Dims)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.hop = frames.Hop; s.hop == 0 {
		s.hop = s.frame
	}
	if s.hop > s.frame {
		return nil, fmt.Errorf("%s: want a hop of at most the frame, %d samples, have %d", path, s.frame, s.hop)
	}
	framed := *input
	framed.Type.Shape = slices.Clone(input.Type.Shape)
	framed.Type.Shape[len(framed.Type.Shape)-1] = graph.Size(s.frame)
	if s.sounds, err = OpenSounds(path, opt, []*graph.Value{&framed}); err != nil {
		return nil, err
	}
	s.shape = append([]int{1}, s.sounds.shape...)
	return s, nil
}

// takesRate reports whether an input is one whole number that is named after the rate of sounds.
func takesRate(v *graph.Value) bool {
	if v.Const != nil || !v.Type.DType.IsInt() || v.Type.Shape == nil || len(v.Type.Shape) > 1 || len(v.Type.Shape) == 1 && !v.Type.Shape[0].Is(1) {
		return false
	}
	name := strings.Join(wordsOf(v.Name), "")
	return name == "sr" || name == "samplerate" || name == "samplingrate"
}

// frameOf returns how many samples a call takes.
func (o *StateOptions) frameOf(input *graph.Value) (int, error) {
	n, known := input.Type.Shape[len(input.Type.Shape)-1].Value()
	switch {
	case o.Frame > 0 && known && n != o.Frame:
		return 0, fmt.Errorf("input %q: want frames of %d samples, have %d", input.Name, n, o.Frame)
	case o.Frame > 0:
		return o.Frame, nil
	case !known || n < 1:
		return 0, fmt.Errorf("input %q: want the number of samples that a call takes, which %v leaves open: --frame says it", input.Name, input.Type)
	}
	return n, nil
}

func (s *soundCalls) names() []string { return s.sounds.Names() }
func (s *soundCalls) Close() error    { return nil }

// lengths rounds up: the last frame is continued with zeros.
func (s *soundCalls) lengths() (all []int, err error) {
	for _, n := range s.sounds.frames {
		all = append(all, (n+s.hop-1)/s.hop)
	}
	return all, nil
}

func (s *soundCalls) call(sequence, call int) (map[string]*graph.Tensor, error) {
	shape := s.shape
	var numbers []float32
	if call < 0 {
		shape = append([]int{0}, s.shape[1:]...)
	} else {
		sound, err := s.decoded(sequence)
		if err != nil {
			return nil, &ReadError{err}
		}
		numbers = make([]float32, s.frame)
		from := (call+1)*s.hop - s.frame
		copy(numbers[max(0, -from):], sound[max(0, from):])
	}
	of := &s.sounds.input.Type
	t, err := s.sounds.opt.numbers(fmt.Sprintf("input %q", s.sounds.input.Name), graph.TensorOf(numbers, shape...), false, nil)
	if err == nil {
		t, err = convert(t, of.DType, nil)
	}
	if err != nil {
		return nil, &ReadError{fmt.Errorf("%s: %w", s.sounds.path, err)}
	}
	feeds := map[string]*graph.Tensor{s.sounds.input.Name: t}
	if s.rate != nil {
		rate := graph.TensorOf([]int64{int64(s.sounds.Rate)})
		if len(s.rate.Type.Shape) == 1 {
			rate = rate.Reshaped(1)
		}
		if feeds[s.rate.Name], err = convert(rate, s.rate.Type.DType, nil); err != nil {
			return nil, &ReadError{fmt.Errorf("%s: input %q: %w", s.sounds.path, s.rate.Name, err)}
		}
	}
	return feeds, nil
}

// decoded returns all of a sound. Sounds are held, up to a bound, because calls of one follow each other.
func (s *soundCalls) decoded(sequence int) ([]float32, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if sound := s.held[sequence]; sound != nil {
		return sound, nil
	}
	w, err := openWave(s.sounds.file(sequence))
	if err != nil {
		return nil, s.sounds.refuse(s.sounds.decode)
	}
	bytes := memory.Product(4, int64(w.frames()))
	if err := memory.Hold("a sound", bytes); err != nil {
		return nil, fmt.Errorf("%s: %w", s.sounds.list.names[sequence], err)
	}
	if s.bytes += bytes; s.bytes > mostHeldSounds {
		s.held, s.bytes = map[int][]float32{}, bytes
	}
	sound := make([]float32, w.frames())
	w.numbers(sound)
	s.held[sequence] = sound
	return sound, nil
}

// Rate returns the rate of sounds that calls are made of, or 0, the number of samples of a frame and of a
// hop, and the name of the input that gets the rate, if one does.
func (c *Calls) Rate() (rate, frame, hop int, input string) {
	s, is := c.of.(*soundCalls)
	if !is {
		return 0, 0, 0, ""
	}
	if s.rate != nil {
		input = s.rate.Name
	}
	return s.sounds.Rate, s.frame, s.hop, input
}

// Sounds returns the sounds that calls are made of, or nil.
func (c *Calls) Sounds() *Sounds {
	if s, is := c.of.(*soundCalls); is {
		return s.sounds
	}
	return nil
}
