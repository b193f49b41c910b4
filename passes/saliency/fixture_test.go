package saliency

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// fixture is a network as a criterion sees it, without statistics.
func fixture(t testing.TB, name string) Input {
	t.Helper()
	m, err := onnx.Decode(name, fixtures.Model(name))
	if err != nil {
		t.Fatal(err)
	}
	return simplified(t, m)
}

// parsed is the same of a model in text.
func parsed(t testing.TB, text string) Input {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return simplified(t, m)
}

func simplified(t testing.TB, original *graph.Model) Input {
	t.Helper()
	m, _ := original.Clone()
	if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	return Input{Model: m, Original: original, Analysis: a, Threads: 1}
}

// images is the first count images for calibration.
func images(in Input, count int) map[string]*graph.Tensor {
	all := fixtures.Calibration()
	shape := append([]int{count}, all.Shape()[1:]...)
	return map[string]*graph.Tensor{in.Model.Graph.Inputs[0].Name: graph.TensorOf(graph.Data[float32](all)[:count*28*28], shape...)}
}

// collect gives in the statistics that the criterion wants of the feeds.
func collect(t testing.TB, in Input, criterion string, feeds map[string]*graph.Tensor) Input {
	t.Helper()
	c, err := Lookup(criterion)
	if err != nil {
		t.Fatal(err)
	}
	if !c.NeedsData {
		return in
	}
	return collected(t, in, c.Wants(in.Analysis, in.Model), feeds)
}

// collected gives in the statistics of the request.
func collected(t testing.TB, in Input, r statistics.Request, feeds map[string]*graph.Tensor) Input {
	t.Helper()
	samples := feeds[in.Model.Graph.Inputs[0].Name].Shape()[0]
	var err error
	in.Statistics, err = statistics.Collect(t.Context(), in.Model, runtime.Observer{Threads: 1}, statistics.Inputs{
		Batches: func(yield func(map[string]*graph.Tensor, error) bool) { yield(feeds, nil) },
		Samples: samples, Threads: 1,
	}, r)
	if err != nil {
		t.Fatal(err)
	}
	return in
}
