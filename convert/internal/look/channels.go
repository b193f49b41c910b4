package look

import (
	"math"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Axis returns the axis of channels of an input of shape dims, whose first axis counts samples: axis 1
// or 3 of four, if that has 1 or 3 positions, else none, -1.
func Axis(dims []int) int {
	if len(dims) != 4 {
		return -1
	}
	for _, axis := range []int{1, 3} {
		if n := dims[axis]; n == 1 || n == 3 {
			return axis
		}
	}
	return -1
}

// Summary sums up the numbers of an input channel by channel.
type Summary struct {
	axis     int
	channels []sums
}

// sums are of one channel. Values are taken relative to the first one, so that little is lost where the mean
// is large beside the deviation.
type sums struct {
	n            float64
	first        float64
	sum, squares float64
	least, most  float64
}

// Add adds a batch of samples, always with the same extents but for the first. It reports false if the
// elements are no numbers.
func (s *Summary) Add(t *graph.Tensor) bool {
	dims := t.Shape()
	stride, channels := 1, 1
	if s.axis = Axis(dims); s.axis >= 0 {
		channels = dims[s.axis]
		for _, n := range dims[s.axis+1:] {
			stride *= n
		}
	}
	stride = max(1, stride)
	if s.channels == nil {
		s.channels = make([]sums, channels)
	}
	values, ok := graph.Floats(t)
	for from := 0; from < len(values); from += stride {
		c := &s.channels[from/stride%channels]
		for _, x := range values[from:min(len(values), from+stride)] {
			c.add(x)
		}
	}
	return ok
}

func (s *sums) add(x float64) {
	if s.n == 0 {
		s.first, s.least, s.most = x, x, x
	}
	s.n++
	d := x - s.first
	s.sum += d
	s.squares += d * d
	s.least, s.most = min(s.least, x), max(s.most, x)
}

// Channels returns the figures of each channel; of all numbers, if the input has no axis of channels.
func (s *Summary) Channels() []report.ChannelFigures {
	var all []report.ChannelFigures
	for _, c := range s.channels {
		n := max(1, c.n)
		mean := c.sum / n
		all = append(all, report.ChannelFigures{Min: c.least, Max: c.most, Mean: c.first + mean, Std: math.Sqrt(max(0, c.squares/n-mean*mean))})
	}
	return all
}
