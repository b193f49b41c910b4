package dataset

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// Samples of two sources take turns, in whatever order they are read.
func TestPairsTakeTurns(t *testing.T) {
	of := func(x ...float32) Source {
		s, err := Held(map[string]*graph.Tensor{"x": graph.TensorOf(x, len(x)/2, 2)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	p, err := Paired(of(1, 2, 3, 4, 5, 6), of(10, 20, 30, 40, 50, 60))
	if err != nil || p.Count() != 6 {
		t.Fatal(err)
	}
	for _, c := range []struct {
		samples []int
		want    []float32
	}{
		{[]int{0, 1, 2}, []float32{1, 2, 10, 20, 3, 4}}, {[]int{5, 0, 3}, []float32{50, 60, 1, 2, 30, 40}}, {[]int{4}, []float32{5, 6}}, {[]int{1, 3}, []float32{10, 20, 30, 40}}, {nil, nil},
	} {
		feeds, err := p.Read(c.samples)
		if err != nil {
			t.Fatal(err)
		}
		if have := graph.Data[float32](feeds["x"]); !slices.Equal(have, c.want) {
			t.Errorf("%v: want %v, have %v", c.samples, c.want, have)
		}
	}
	if _, err := p.Read([]int{6}); err == nil {
		t.Error("a sample that is not there")
	}
	if _, err := Paired(of(1, 2), of(1, 2, 3, 4)); err == nil {
		t.Error("halves of another number")
	}
}

// Numbers are read where they are wanted, and a part of a part is the right one.
func TestNumbersOfParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "labels.npy")
	if err := SaveNPY(path, graph.TensorOf([]int16{0, 1, 10, 11, 20, 21, 30, 31}, 4, 2)); err != nil {
		t.Fatal(err)
	}
	n, err := OpenNumbers(path)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	part := n.Part([]int{3, 1, 0}).Part([]int{1, 0}).(*Numbers)
	x, err := part.Read([]int{0, 1})
	if err != nil || part.Count() != 2 || !slices.Equal(graph.Data[int16](x), []int16{10, 11, 30, 31}) {
		t.Errorf("%v, %v", x, err)
	}
	if _, err := part.Read([]int{2}); err == nil {
		t.Error("a sample that is not there")
	}
	if none, err := NumbersBeside(path); none != nil || err != nil {
		t.Errorf("beside an .npy: %v, %v", none, err)
	}
}
