package html

import (
	"strings"

	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
)

// Point is one of the models to choose from.
type Point struct {
	Name string
	// Accuracy is the metric of the task or, if Agreement is set, how far the model agrees with the original. Measure names the
	// metric, empty for accuracy, and Unit its unit, empty for a fraction; Lower says that less of it is better.
	Accuracy      float64
	Agreement     bool
	Measure, Unit string
	Lower         bool
	// Costs of the model; 0 means unknown.
	MACs, Params, Bytes int64
	LatencyMS           float64
	// On means that no other point is better in one respect without being worse in another. Original marks the original model.
	On, Original bool
	// Notes are further lines of text.
	Notes []string
}

// point is one dot of the plot.
type point struct {
	Name     string             `json:"name"`
	Accuracy float64            `json:"accuracy"`
	Sizes    map[string]float64 `json:"sizes"`
	On       bool               `json:"on"`
	Original bool               `json:"original"`
	Tip      string             `json:"tip"`
}

// axis is a cost that the front can be drawn against.
type axis struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

func (v *view) front(points []Point) {
	if len(points) == 0 {
		return
	}
	v.FrontOf = "accuracy"
	if points[0].Agreement {
		v.FrontOf = "agreement"
	} else if points[0].Measure != "" {
		v.FrontOf = points[0].Measure
	}
	unit, of := report.Fraction, v.FrontOf+" (%)"
	if points[0].Unit == report.Number {
		unit, of = report.Number, v.FrontOf
	}
	v.Front = &table{Header: []string{"model", "on the front", v.FrontOf, "MACs", "params", "bytes", "latency"}, Numbers: 2}
	var all []point
	known := map[string]bool{}
	for _, p := range points {
		one := point{Name: p.Name, Accuracy: p.Accuracy, On: p.On, Original: p.Original, Sizes: map[string]float64{}}
		row := []string{p.Name, map[bool]string{true: "yes", false: ""}[p.On], format.Value(unit, p.Accuracy), "", "", "", ""}
		lines := []string{p.Name, v.FrontOf + " " + row[2]}
		for i, s := range []struct {
			key  string
			size float64
			text string
		}{
			{"macs", float64(p.MACs), format.Count(p.MACs)}, {"params", float64(p.Params), format.Count(p.Params)},
			{"bytes", float64(p.Bytes), format.Count(p.Bytes)}, {"latency", p.LatencyMS, format.Milliseconds(p.LatencyMS)},
		} {
			if s.size > 0 {
				known[s.key], one.Sizes[s.key], row[3+i] = true, s.size, s.text
				lines = append(lines, v.Front.Header[3+i]+" "+s.text)
			}
		}
		one.Tip = strings.Join(append(lines, p.Notes...), "\n")
		all = append(all, one)
		v.Front.Rows = append(v.Front.Rows, row)
	}
	var axes []axis
	for _, a := range []axis{{"macs", "MACs"}, {"params", "params"}, {"bytes", "bytes"}, {"latency", "latency (ms)"}} {
		if known[a.Key] {
			axes = append(axes, a)
		}
	}
	v.plots["front"] = map[string]any{"points": all, "axes": axes, "of": of, "percent": unit == report.Fraction, "lower": points[0].Lower}
}
