package task

import (
	"github.com/pollard-dev/pollard/convert/task/detection"
	"github.com/pollard-dev/pollard/graph"
)

// guessHead returns the form that the outputs of a detector look like, and why, or "".
func guessHead(m *graph.Model) (head, why string) {
	in := picture(m)
	if in == nil {
		return "", ""
	}
	h, w := extents(in)
	return detection.Guess(m.Graph.Outputs, h, w)
}

// extents returns the height and the width of a picture, 0 where they are not known.
func extents(in graph.Shape) (h, w int) {
	at := 2
	if channels(in[3]) && !channels(in[1]) {
		at = 1
	}
	h, _ = in[at].Value()
	w, _ = in[at+1].Value()
	if !in[at].Known() || !in[at+1].Known() {
		return 0, 0
	}
	return h, w
}
