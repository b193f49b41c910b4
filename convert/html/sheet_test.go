package html

import (
	"bytes"
	"image"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// A sheet has its pictures in it, asks nothing of a network, and quotes names.
func TestSheet(t *testing.T) {
	r := &convert.Report{Command: "data", Original: &report.Figures{Path: "net.onnx"}, Look: &report.Look{
		Samples: 2, Looked: 2, Warnings: []string{hostile},
		Inputs: []report.InputFigures{{Name: hostile, Type: "float", Shape: []int{3, 8, 8}, Channels: []report.ChannelFigures{{Min: -1, Max: 2}}}},
	}}
	small, large := image.NewNRGBA(image.Rect(0, 0, 8, 8)), image.NewGray(image.Rect(0, 0, 200, 100))
	var b bytes.Buffer
	s := Sheet{Report: r, Arguments: []string{"pollard", "data", hostile}, Shown: []convert.Shown{{Name: hostile, Label: "1 " + hostile, Image: small}, {Name: "b", Image: large}}}
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{`src="data:image/png;base64,`, `src="data:image/jpeg;base64,`, "Warning."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	for _, not := range []string{"http://", "https://", "<script", "\u2028"} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %q", not)
		}
	}
}
