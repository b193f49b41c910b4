package latency

import (
	"time"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Sessions compiles the models for runs on the same feeds.
func Sessions(models []*graph.Model, feeds map[string]*graph.Tensor, opt runtime.Options) ([]runtime.Candidate, error) {
	var candidates []runtime.Candidate
	for _, m := range models {
		s, err := runtime.Compile(m, opt)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, runtime.Candidate{Session: s, Feeds: feeds})
	}
	return candidates, nil
}

// Milli returns d in milliseconds.
func Milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Machine describes the machine as s sees it.
func Machine(s *runtime.Session) *report.Machine {
	return &report.Machine{Threads: s.Threads(), PeakGFLOPS: s.Peak() / 1e9}
}

// Times converts l for a report.
func Times(l runtime.Latency) report.Times {
	return report.Times{MedianMS: Milli(l.Median), MinMS: Milli(l.Min), P90MS: Milli(l.P90), P95MS: Milli(l.P95), Runs: l.Runs, Spread: spreadOf(l)}
}

// Report describes the latency, memory and operators of the model at path.
func Report(path string, l runtime.Latency, s *runtime.Session) report.Latency {
	r := report.Latency{Path: path, Times: Times(l), Memory: report.Memory(s.Memory()), Sparse: sparseChoices(s.Choices())}
	var total time.Duration
	for _, o := range l.Operators {
		total += o.Time
	}
	for _, o := range l.Operators {
		q := report.Operator{Operator: o.Operator, Nodes: o.Nodes, MS: Milli(o.Time), Share: float64(o.Time) / float64(max(1, total)), MACs: o.MACs}
		q.GFLOPS, q.OfPeak = rate(o.MACs, o.Time, s)
		r.Operators = append(r.Operators, q)
	}
	return r
}
