package runtime

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pollard-dev/pollard/graph"
)

// Latency describes the wall-clock times of one candidate's runs.
type Latency struct {
	Median, Min, P90, P95 time.Duration
	// Spread is the interquartile range: the middle half of the runs lies within it.
	Spread time.Duration
	Runs   int
	// Operators says where the time went, the longest first. It is nil for a candidate without a
	// session.
	Operators []OperatorTime
}

// OperatorTime is the time of all nodes of one operator in one run. Nodes that are computed
// together count as the first of them. Reordering of data counts as an operator of its own,
// "(reorder)".
type OperatorTime struct {
	Operator string
	Nodes    int
	Time     time.Duration
	// MACs is the number of multiply-accumulates of one run. It is 0 if there are none or if
	// extents were not known.
	MACs int64
}

// Candidate is something to time: a session with the feeds to run it on, or a function.
type Candidate struct {
	Session *Session
	Feeds   map[string]*graph.Tensor
	// Foreign runs a candidate that is not a session once, and returns how long that took.
	Foreign func(context.Context) (time.Duration, error)
}

// run does one run and times it.
func (c *Candidate) run(ctx context.Context) (time.Duration, error) {
	if c.Foreign != nil {
		return c.Foreign(ctx)
	}
	start := time.Now()
	_, err := c.Session.Run(ctx, c.Feeds)
	return time.Since(start), err
}

// warmUp is the number of runs of each candidate that are not counted, while buffers and caches
// fill.
const warmUp = 3

// Time runs the candidates in turn, so that other load on the machine affects all of them alike. It
// stops when each has had the given number of runs or, after at least minRuns, when the time limit
// is reached. Operator times are measured in separate runs, because tracing costs time itself.
func Time(ctx context.Context, candidates []Candidate, runs int, limit time.Duration) ([]Latency, error) {
	if runs < 1 {
		return nil, fmt.Errorf("runs: want a positive number, have %d", runs)
	}
	times := make([][]time.Duration, len(candidates))
	var began time.Time
	for r := -warmUp; r < runs; r++ {
		if r == 0 {
			began = time.Now()
		}
		if r >= minRuns && time.Since(began) > limit {
			break
		}
		for i := range candidates {
			t, err := candidates[i].run(ctx)
			if err != nil {
				return nil, err
			}
			if r >= 0 {
				times[i] = append(times[i], t)
			}
		}
	}
	out := make([]Latency, len(candidates))
	for i, c := range candidates {
		out[i] = summary(times[i])
		if c.Session == nil {
			continue
		}
		var err error
		if out[i].Operators, err = operatorTimes(ctx, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// minRuns is the number of runs that a median needs, however long they take. tracedRuns is the
// number of runs that are traced for operator times.
const (
	minRuns    = 5
	tracedRuns = 5
)

// summary sorts the times and summarizes them.
func summary(times []time.Duration) Latency {
	slices.Sort(times)
	n := len(times)
	at := func(percent int) time.Duration { return times[min(n-1, n*percent/100)] }
	return Latency{Median: at(50), Min: times[0], P90: at(90), P95: at(95), Spread: at(75) - at(25), Runs: n}
}

// operatorTimes returns the operator times of the run of median length among several.
func operatorTimes(ctx context.Context, c Candidate) ([]OperatorTime, error) {
	var runs [tracedRuns]traced
	for i := range runs {
		if _, err := c.Session.run(ctx, c.Feeds, nil, runs[i].add); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(runs[:], func(a, b traced) int { return cmp.Compare(a.total, b.total) })
	ops := runs[tracedRuns/2].operators
	slices.SortStableFunc(ops, func(a, b OperatorTime) int { return cmp.Compare(b.Time, a.Time) })
	return ops, nil
}

// traced accumulates the events of one run.
type traced struct {
	total     time.Duration
	operators []OperatorTime
	unknown   []string // operators with a node whose MACs are not known
}

func (t *traced) add(e Event) {
	name := e.what()
	at := slices.IndexFunc(t.operators, func(o OperatorTime) bool { return o.Operator == name })
	if at < 0 {
		at = len(t.operators)
		t.operators = append(t.operators, OperatorTime{Operator: name})
	}
	o := &t.operators[at]
	o.Nodes++
	o.Time += e.Duration
	t.total += e.Duration
	n, known := e.macs()
	if !known {
		t.unknown = append(t.unknown, name)
	}
	if o.MACs += n; slices.Contains(t.unknown, name) {
		o.MACs = 0
	}
}
