package convert

import (
	"context"
	"time"

	"github.com/pollard-dev/pollard/runtime"
)

// NodeReport is the time of one node in one run, with those that are computed together with it.
type NodeReport struct {
	Node     string  `json:"node"`
	Operator string  `json:"operator"` // "(reorder)" where its input was only brought into another order
	Kernel   string  `json:"kernel"`
	MS       float64 `json:"ms"` // median
	MinMS    float64 `json:"min_ms"`
	Share    float64 `json:"share"` // of the time of all nodes
	// As in OperatorReport.
	MACs   int64   `json:"macs,omitempty"`
	GFLOPS float64 `json:"gflops,omitempty"`
	OfPeak float64 `json:"of_peak,omitempty"`
}

// nodesLimit bounds the time that bench watches the nodes of one model for.
const nodesLimit = 30 * time.Second

// nodeReports watches the nodes of a candidate, in the order in which they run.
func nodeReports(ctx context.Context, c runtime.Candidate, runs int) ([]NodeReport, error) {
	p, err := c.Session.Profile(ctx, c.Feeds, runs, nodesLimit)
	if err != nil {
		return nil, err
	}
	var total time.Duration
	for _, s := range p.Steps {
		total += s.Median
	}
	var all []NodeReport
	for _, s := range p.Steps {
		r := NodeReport{Node: s.Node.Title(), Operator: s.What(), Kernel: s.Kernel, MS: milli(s.Median), MinMS: milli(s.Min),
			Share: float64(s.Median) / float64(max(1, total)), MACs: s.MACs}
		r.GFLOPS, r.OfPeak = rate(s.MACs, s.Median, c.Session)
		all = append(all, r)
	}
	return all, nil
}

// rate is how many floating-point operations that is in a second, in 1e9, and which part of what the session's threads can do.
func rate(macs int64, took time.Duration, s *runtime.Session) (gflops, ofPeak float64) {
	seconds := took.Seconds()
	if seconds <= 0 || macs == 0 {
		return 0, 0
	}
	flops := 2 * float64(macs) / seconds
	return flops / 1e9, flops / s.Peak()
}
