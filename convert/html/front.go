package html

import (
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/convert/format"
)

// Point is one model that could be chosen.
type Point struct {
	Name string
	// Accuracy is what the front is drawn over, from 0 to 1: top-1, or where Agreement is set the share of samples with the original's class.
	Accuracy  float64
	Agreement bool
	// What the model takes; 0 where that is not known.
	MACs, Params, Bytes int64
	LatencyMS           float64
	// On says that no other point is better in one thing and worse in none, Original that this is the model that all are made from.
	On, Original bool
	// Notes is what else there is to say, one line each.
	Notes []string
}

// point is one dot.
type point struct {
	Name     string             `json:"name"`
	Accuracy float64            `json:"accuracy"`
	Sizes    map[string]float64 `json:"sizes"`
	On       bool               `json:"on"`
	Original bool               `json:"original"`
	Tip      string             `json:"tip"`
}

// axis is something that a front can be drawn against.
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
	}
	v.Front = &table{Header: []string{"model", "on the front", v.FrontOf, "MACs", "params", "bytes", "latency"}, Numbers: 2}
	var all []point
	known := map[string]bool{}
	for _, p := range points {
		one := point{Name: p.Name, Accuracy: p.Accuracy, On: p.On, Original: p.Original, Sizes: map[string]float64{}}
		row := []string{p.Name, map[bool]string{true: "yes", false: ""}[p.On], format.Percent(p.Accuracy), "", "", "", ""}
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
	v.plots["front"] = map[string]any{"points": all, "axes": axes, "of": fmt.Sprintf("%s (%%)", v.FrontOf)}
}
