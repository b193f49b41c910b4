package samples

import (
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// CheckLabels returns an error if a label of d is not a class of m. It does so before m is run, and
// so only if the first output declares the number of classes.
func CheckLabels(m *graph.Model, d *dataset.Data) error {
	if d.Labels == nil || len(m.Graph.Outputs) == 0 {
		return nil
	}
	shape := m.Graph.Outputs[0].Type.Shape
	if len(shape) != 2 {
		return nil
	}
	classes, known := shape[1].Value()
	if classes == 1 {
		classes = 2 // one score tells between two
	}
	for i, l := range d.Labels {
		if !known {
			break
		}
		if err := runtime.CheckLabel(l, i, classes); err != nil {
			return err
		}
	}
	return nil
}
