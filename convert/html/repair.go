package html

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert"
)

// repairs shows the error at each node before and after its repair.
func (v *view) repairs(r *convert.Report) {
	if len(r.Recovery) == 0 {
		return
	}
	type node struct {
		Name   string  `json:"name"`
		Before float64 `json:"before"`
		After  float64 `json:"after"`
		Taken  bool    `json:"taken"`
		Tip    string  `json:"tip"`
	}
	var nodes []node
	taken := 0
	v.Repairs = &table{Header: []string{"node", "taken", "before", "after"}, Numbers: 2}
	for _, n := range r.Recovery {
		verdict := "no"
		if n.Taken {
			taken++
			verdict = "yes"
		}
		what := map[bool]string{true: "taken", false: "rejected"}[n.Taken]
		nodes = append(nodes, node{n.Node, n.Before, n.After, n.Taken, fmt.Sprintf("%s\nbefore %.3g\nafter %.3g, %s", n.Node, n.Before, n.After, what)})
		v.Repairs.Rows = append(v.Repairs.Rows, []string{n.Node, verdict, fmt.Sprintf("%.3g", n.Before), fmt.Sprintf("%.3g", n.After)})
	}
	v.Repair = fmt.Sprintf("%d of %d nodes repaired", taken, len(nodes))
	if k := r.Calibration; k != nil {
		v.Repair += fmt.Sprintf(", from %d samples (%s)", k.Samples, source(k.Source))
	}
	v.Repair += "."
	v.plots["repairs"] = nodes
}
