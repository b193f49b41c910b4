package html

import (
	"fmt"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
)

// latencyView shows how long models take, and where.
type latencyView struct {
	Text      string
	Times     *table
	Operators *table
	Nodes     []nodesView
	Peers     []string
}

// nodesView shows the time of each node of a model.
type nodesView struct {
	Path  string
	Table *table
}

// operator is the time of an operator in each model.
type operator struct {
	Name   string    `json:"name"`
	Models []msOfOne `json:"models"`
}

// msOfOne is the time that an operator takes in one model.
type msOfOne struct {
	MS   float64 `json:"ms"`
	Text string  `json:"text"`
	Tip  string  `json:"tip"`
}

func (v *view) latency(r *convert.Report) {
	if len(r.Latency) == 0 {
		return
	}
	l := &latencyView{
		Times:     &table{Header: []string{"model", "runtime", "median", "p95", "spread", "least", "runs"}, Numbers: 2},
		Operators: &table{Header: []string{"operator", "model", "nodes", "time", "share", "MACs", "GFLOP/s", "of peak"}, Numbers: 2},
	}
	v.Latency = l
	names := modelNames(r)
	for i, m := range r.Latency {
		l.Times.Rows = append(l.Times.Rows, timesRow(names[i], "Pollard", m.Times))
		if m.Peer != nil {
			l.Times.Rows = append(l.Times.Rows, timesRow(names[i], m.Peer.Runtime, m.Peer.Times))
			l.Peers = append(l.Peers, peerText(names[i], m.Peer))
		}
		if len(m.Nodes) > 0 {
			l.Nodes = append(l.Nodes, nodesOf(names[i], m.Nodes))
		}
	}
	if len(l.Peers) == 0 {
		l.Times.without(1)
	}
	operators := operatorsOf(r.Latency, names)
	for _, o := range operators {
		for i := range r.Latency {
			if p := find(&r.Latency[i], o.Name); p != nil {
				l.Operators.Rows = append(l.Operators.Rows, append([]string{o.Name, names[i], format.Count(int64(p.Nodes)), format.Milliseconds(p.MS), format.Percent(p.Share)},
					rate(p.MACs, p.GFLOPS, p.OfPeak)...))
			}
		}
	}
	if len(names) == 1 {
		l.Operators.without(1)
	}
	if r.Ratio != nil && r.Ratio.Latency != nil {
		l.Text = fmt.Sprintf("%s as fast, by medians.", format.Times(*r.Ratio.Latency))
	}
	if r.Original == nil {
		v.latencyTiles(r, names)
	}
	v.plots["operators"] = map[string]any{"models": names, "operators": operators}
}

// latencyTiles makes the tiles of a page that shows latency alone.
func (v *view) latencyTiles(r *convert.Report, names []string) {
	for i, m := range r.Latency {
		v.Tiles = append(v.Tiles, tile{names[i], format.Milliseconds(m.MedianMS), fmt.Sprintf("median of %d runs", m.Runs)})
	}
	if r.Ratio != nil && r.Ratio.Latency != nil {
		v.Tiles = append(v.Tiles, tile{"ratio", format.Times(*r.Ratio.Latency), "of medians"})
	}
	if m := r.Machine; m != nil {
		v.Tiles = append(v.Tiles, tile{"machine", fmt.Sprintf("%.1f GFLOP/s", m.PeakGFLOPS), fmt.Sprintf("peak on %d threads", m.Threads)})
	}
}

// modelNames names models after their files, or after their paths if the names are the same.
func modelNames(r *convert.Report) []string {
	var names []string
	for _, l := range r.Latency {
		names = append(names, filepath.Base(l.Path))
	}
	if len(names) == 2 && names[0] == names[1] {
		names = []string{r.Latency[0].Path, r.Latency[1].Path}
	}
	if len(names) == 2 && names[0] == names[1] {
		names[1] += " again"
	}
	return names
}

// operatorsOf merges the operators of all models, each in the order of the first model that has it.
func operatorsOf(models []report.Latency, names []string) []operator {
	var all []operator
	seen := map[string]bool{}
	for i := range models {
		for _, o := range models[i].Operators {
			if seen[o.Operator] {
				continue
			}
			seen[o.Operator] = true
			joined := operator{Name: o.Operator}
			for k := range models {
				m := msOfOne{Text: "none", Tip: fmt.Sprintf("%s in %s\nnone", o.Operator, names[k])}
				if p := find(&models[k], o.Operator); p != nil {
					m = msOfOne{p.MS, format.Milliseconds(p.MS), fmt.Sprintf("%s in %s\n%s, %s of all\n%d nodes", p.Operator, names[k], format.Milliseconds(p.MS), format.Percent(p.Share), p.Nodes)}
					if p.MACs > 0 {
						m.Tip += fmt.Sprintf("\n%.1f GFLOP/s, %.1f %% of peak", p.GFLOPS, 100*p.OfPeak)
					}
				}
				joined.Models = append(joined.Models, m)
			}
			all = append(all, joined)
		}
	}
	return all
}

func find(l *report.Latency, name string) *report.Operator {
	for i := range l.Operators {
		if l.Operators[i].Operator == name {
			return &l.Operators[i]
		}
	}
	return nil
}

func timesRow(model, runtime string, t report.Times) []string {
	return []string{model, runtime, format.Milliseconds(t.MedianMS), format.Milliseconds(t.P95MS), fmt.Sprintf("%.1f %%", 100*t.Spread), format.Milliseconds(t.MinMS), fmt.Sprint(t.Runs)}
}

// rate returns the cells for multiply-accumulates and their rate, empty if there are none.
func rate(macs int64, gflops, ofPeak float64) []string {
	if macs == 0 {
		return []string{"", "", ""}
	}
	return []string{format.Count(macs), fmt.Sprintf("%.1f", gflops), fmt.Sprintf("%.1f %%", 100*ofPeak)}
}

func nodesOf(name string, nodes []report.Node) nodesView {
	t := &table{Header: []string{"node", "operator", "kernel", "time", "share", "MACs", "GFLOP/s", "of peak"}, Numbers: 3}
	for _, n := range nodes {
		t.Rows = append(t.Rows, append([]string{n.Node, n.Operator, n.Kernel, format.Milliseconds(n.MS), format.Percent(n.Share)}, rate(n.MACs, n.GFLOPS, n.OfPeak)...))
	}
	return nodesView{name, t}
}

// peerText compares our runtime with another.
func peerText(name string, p *report.Peer) string {
	text := fmt.Sprintf("%s, ours over %s: median %.2f, least %.2f", name, p.Runtime, p.Ratio.Median, p.Ratio.Min)
	if p.Ratio.Memory != nil {
		text += fmt.Sprintf(", memory of the session %.2f (%s over %s)", *p.Ratio.Memory, format.Megabytes(p.Ours.Session), format.Megabytes(p.Theirs.Session))
	}
	switch {
	case p.MaxRelDiff == nil:
		return text + "; " + p.Note
	case *p.MaxRelDiff <= p.Tolerance:
		return text + fmt.Sprintf("; both agree, to %.1e of the largest output", *p.MaxRelDiff)
	}
	return text + fmt.Sprintf("; outputs differ by %.1e of the largest, tolerance %g", *p.MaxRelDiff, p.Tolerance)
}
