package checkpoint

import (
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
)

// Read reads a further checkpoint of a network and counts its figures.
func Read(path string) (*onnx.File, *report.Figures, error) {
	file, err := onnx.Read(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := figures.Of(path, file.Model, onnx.External(file.Model), samples.Extents(file.Model, nil))
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, f, nil
}
