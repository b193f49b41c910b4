package html

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
)

// sparseView shows how nodes with zero weights are computed.
type sparseView struct {
	Model string
	Plot  string // the name that the page's scripts know
	Table *table
}

// efficiencyView shows what skipping zeros brings, and what was predicted.
type efficiencyView struct {
	Model, Plot, Text string
	Table             *table
}

func (v *view) sparse(r *convert.Report) {
	names := modelNames(r)
	for i := range r.Latency {
		v.ways(names[i], r.Latency[i].Sparse)
		v.efficiency(names[i], r.Latency[i].Efficiency)
	}
}

// ways shows each way to compute a node, and which was chosen.
func (v *view) ways(model string, nodes []report.SparseChoice) {
	if len(nodes) == 0 {
		return
	}
	type way struct {
		Name  string  `json:"name"`
		MS    float64 `json:"ms"`
		Taken bool    `json:"taken"`
		Tip   string  `json:"tip"`
	}
	type node struct {
		Name string `json:"name"`
		Ways []way  `json:"ways"`
	}
	var all []node
	t := &table{Header: []string{"node with zeros", "computed", "weights", "not zero", "time", "time dense"}, Numbers: 2}
	for _, n := range nodes {
		left := format.Percent(float64(n.NonZero) / float64(max(1, n.Weights)))
		row := []string{n.Node, n.Way, format.Count(int64(n.Weights)), left, "", ""}
		one := node{Name: n.Node}
		for _, w := range n.Ways {
			if w.MS <= 0 { // it was not measured
				continue
			}
			if w.Way == n.Way {
				row[4] = format.Milliseconds(w.MS)
			}
			if w.Block == 0 {
				row[5] = format.Milliseconds(w.MS)
			}
			one.Ways = append(one.Ways, way{w.Way, w.MS, w.Way == n.Way, fmt.Sprintf("%s\n%s: %s\n%s of %s weights not zero", n.Node, w.Way, format.Milliseconds(w.MS), left, format.Count(int64(n.Weights)))})
		}
		t.Rows, all = append(t.Rows, row), append(all, one)
	}
	plot := fmt.Sprintf("ways-%d", len(v.Sparse))
	v.Sparse = append(v.Sparse, sparseView{model, plot, t})
	v.plots[plot] = all
}

// efficiency shows how much of the promised speed-up is realised.
func (v *view) efficiency(model string, e *report.Efficiencies) {
	if e == nil || len(e.Nodes) == 0 {
		return
	}
	type node struct {
		Name      string  `json:"name"`
		Rho       float64 `json:"rho"`
		Predicted float64 `json:"predicted"`
		Sparse    bool    `json:"sparse"`
		Tip       string  `json:"tip"`
	}
	var all []node
	t := &table{Header: []string{"node", "computed", "not zero", "dense", "time", "predicted", "faster", "of", "rho", "predicted"}, Numbers: 2}
	row := func(name, way, left string, dense, ms, predicted float64, k report.Efficiency) {
		t.Rows = append(t.Rows, []string{name, way, left, format.Milliseconds(dense), format.Milliseconds(ms), format.Milliseconds(predicted),
			format.Times(k.SpeedUp), format.Times(k.Theoretical), fmt.Sprintf("%.2f", k.Rho), fmt.Sprintf("%.2f", k.RhoPredicted)})
	}
	for _, n := range e.Nodes {
		left := format.Percent(float64(n.NonZero) / float64(max(1, n.Weights)))
		row(n.Node, n.Way, left, n.DenseMS, n.MS, n.PredictedMS, n.Efficiency)
		all = append(all, node{n.Node, n.Rho, n.RhoPredicted, n.Blocks > 0, fmt.Sprintf("%s\n%s, %s not zero\nrho %.2f, predicted %.2f\n%s as fast where zeros promise %s", n.Node, n.Way, left,
			n.Rho, n.RhoPredicted, format.Times(n.SpeedUp), format.Times(n.Theoretical))})
	}
	row("all", "", "", e.DenseMS, e.MS, e.PredictedMS, e.Efficiency)
	plot := fmt.Sprintf("efficiency-%d", len(v.Efficiency))
	v.Efficiency = append(v.Efficiency, efficiencyView{model, plot, fmt.Sprintf("%s as fast where the zeros promise %s; rho is within 15 %% of what is predicted for %s of the nodes that are computed without zeros.",
		format.Times(e.SpeedUp), format.Times(e.Theoretical), format.Percent(e.Within)), t})
	v.plots[plot] = all
}
