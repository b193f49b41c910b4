package apart

import (
	"fmt"
	"io"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
)

// Source returns samples for Runs: of what Whole reads those of the given source, and the rest made
// up, the same ones for the same number of a sample. It fails if one set of Whole's inputs is not one
// of Runs's.
func (p *Parts) Source(of dataset.Source, dims map[string]int, seed uint64) (dataset.Source, error) {
	if dataset.Apart(p.Runs.Graph.Inputs) != dataset.Apart(p.Whole.Graph.Inputs) {
		return nil, fmt.Errorf("the first axes of %q, which operators that cannot be run compute, do not count samples as those of the inputs do", p.MadeUp)
	}
	s := &source{of: of, dims: dims, seed: seed}
	for _, v := range p.Runs.Graph.Inputs {
		if p.Whole.Graph.Value(v.Name).IsInput() {
			s.given = append(s.given, v.Name)
		} else {
			s.missing = append(s.missing, v)
		}
	}
	return s, nil
}

// source completes samples by made-up ones.
type source struct {
	of      dataset.Source
	given   []string       // inputs that it has samples of
	missing []*graph.Value // inputs that it has none of
	dims    map[string]int
	seed    uint64
}

// Close closes the given source.
func (s *source) Close() error {
	if c, ok := s.of.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (s *source) Count() int { return s.of.Count() }

func (s *source) Read(numbers []int) (map[string]*graph.Tensor, error) {
	all, err := s.of.Read(numbers)
	if err != nil {
		return nil, err
	}
	feeds := map[string]*graph.Tensor{}
	for _, name := range s.given {
		if t := all[name]; t != nil {
			feeds[name] = t
		}
	}
	for _, v := range s.missing {
		if feeds[v.Name], err = s.made(v, numbers); err != nil {
			return nil, err
		}
	}
	return feeds, nil
}

// made makes up v for the samples of those numbers.
func (s *source) made(v *graph.Value, numbers []int) (*graph.Tensor, error) {
	m := &graph.Model{Graph: graph.New("sample")}
	w, err := m.Graph.NewValue(v.Name)
	if err != nil {
		return nil, err
	}
	w.Type = graph.TensorType(v.Type.DType, v.Type.Shape.Clone())
	m.Graph.AddInput(w)
	one := func(number int) (*graph.Tensor, error) {
		feeds, err := samples.Synthetic(m, s.dims, 1, s.seed^uint64(number+1)*0x9e3779b97f4a7c15)
		return feeds[v.Name], err
	}
	if len(w.Type.Shape) == 0 {
		return one(0)
	}
	w.Type.Shape[0] = graph.Size(1)
	first, err := one(0)
	if err != nil {
		return nil, err
	}
	shape := append([]int{len(numbers)}, first.Shape()[1:]...)
	var raw []byte
	for _, n := range numbers {
		t, err := one(n)
		if err != nil {
			return nil, err
		}
		raw = append(raw, t.Raw()...)
	}
	return graph.FromRaw(v.Type.DType, shape, raw)
}
