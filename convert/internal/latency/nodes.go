package latency

import (
	"context"
	"time"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/runtime"
)

// nodesLimit bounds the time spent on profiling the nodes of one model.
const nodesLimit = 30 * time.Second

// Nodes profiles the nodes of a candidate, in execution order.
func Nodes(ctx context.Context, c runtime.Candidate, runs int) ([]report.Node, error) {
	p, err := c.Session.Profile(ctx, c.Feeds, runs, nodesLimit)
	if err != nil {
		return nil, err
	}
	var total time.Duration
	for _, s := range p.Steps {
		total += s.Median
	}
	var all []report.Node
	for _, s := range p.Steps {
		r := report.Node{Node: s.Node.Title(), Operator: s.What(), Kernel: s.Kernel, MS: Milli(s.Median), MinMS: Milli(s.Min),
			Share: float64(s.Median) / float64(max(1, total)), MACs: s.MACs}
		r.GFLOPS, r.OfPeak = rate(s.MACs, s.Median, c.Session)
		all = append(all, r)
	}
	return all, nil
}

// rate returns the floating-point operations per second, in 1e9, and the fraction of the peak of
// the session's threads.
func rate(macs int64, took time.Duration, s *runtime.Session) (gflops, ofPeak float64) {
	seconds := took.Seconds()
	if seconds <= 0 || macs == 0 {
		return 0, 0
	}
	flops := 2 * float64(macs) / seconds
	return flops / 1e9, flops / s.Peak()
}
