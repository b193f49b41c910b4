package dataset

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// labelsName is the array of an .npz that holds the labels.
const labelsName = "labels"

// LoadLabels reads the labels of a classification: the single array of an .npy or IDX file, or the
// array "labels" of an .npz, integers of shape [N] or [N,1]; or text, .txt with a number in each line
// or .json with a list of numbers.
func LoadLabels(path string) ([]int, error) {
	load := loadLabels
	if isLabelText(path) {
		load = loadLabelText
	}
	labels, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return labels, nil
}

func loadLabels(path string) ([]int, error) {
	a, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	defer a.close()
	name := ""
	if a.zip != nil {
		name = labelsName
	}
	if !a.has(name) {
		return nil, fmt.Errorf("want an array %q, have %s", labelsName, joinNames(a.names))
	}
	src, err := a.stored(name)
	if err != nil {
		return nil, err
	}
	t, err := src.all(0)
	if err != nil {
		return nil, err
	}
	return toLabels(t)
}

func toLabels(t *graph.Tensor) ([]int, error) {
	s := t.Shape()
	if len(s) != 1 && (len(s) != 2 || s[1] != 1) {
		return nil, fmt.Errorf("labels: want shape [N] or [N,1], have %v", graph.ShapeOf(s...))
	}
	v, ok := graph.Ints(t)
	if !ok {
		return nil, fmt.Errorf("labels: want whole numbers, have %v", t.DType())
	}
	labels := make([]int, len(v))
	for i, x := range v {
		if x < 0 || x > math.MaxInt32 {
			return nil, fmt.Errorf("labels: want class numbers, have %d for sample %d", x, i)
		}
		labels[i] = graph.Saturate(x)
	}
	return labels, nil
}
