package checkpoint

import (
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
)

// Read reads a further checkpoint of a network and counts its figures, in which symbolic dimensions
// count as dims says.
func Read(path string, dims map[string]int) (*onnx.File, *report.Figures, error) {
	file, err := onnx.Read(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := figures.Of(path, file.Model, onnx.External(file.Model), samples.Extents(file.Model, dims))
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, f, nil
}
