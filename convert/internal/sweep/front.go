package sweep

import (
	"github.com/pollard-dev/pollard/convert/report"
)

// markFront marks the candidates that no other one dominates. One candidate dominates another if it
// is at least as good in accuracy (without labels, in agreement), MACs, params and latency, as far
// as these are known of both, and better in one of them.
func markFront(all []*report.Candidate) {
	for _, c := range all {
		c.Front = true
		for _, o := range all {
			if dominates(o, c) {
				c.Front = false
				break
			}
		}
	}
}

func dominates(a, b *report.Candidate) bool {
	better := false
	for _, pair := range [][2]float64{
		{-a.Score(), -b.Score()}, {a.Of.MACs, b.Of.MACs}, {a.Of.Params, b.Of.Params}, {latencyOf(a, b), latencyOf(b, a)},
	} {
		if pair[0] > pair[1] {
			return false
		}
		better = better || pair[0] < pair[1]
	}
	return better
}

// latencyOf returns the latency of a, or 0 unless it is known of both.
func latencyOf(a, b *report.Candidate) float64 {
	if a.Of.Latency == nil || b.Of.Latency == nil {
		return 0
	}
	return *a.Of.Latency
}
