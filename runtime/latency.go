package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pollard-dev/pollard/graph"
)

// Latency is how long runs of one session took, in wall-clock time.
type Latency struct {
	Median, Min, P90 time.Duration
	Runs             int
	// Operators is where the time went, the longest first.
	Operators []OperatorTime
}

// OperatorTime is the time of all nodes of one operator in one run, on average.
type OperatorTime struct {
	Operator string
	Nodes    int
	Time     time.Duration
}

// Candidate is a session to time, with the feeds it is run on.
type Candidate struct {
	Session *Session
	Feeds   map[string]*graph.Tensor
}

// warmUp is how many runs of each candidate are not counted: buffers and caches fill.
const warmUp = 3

// Time runs the candidates in turn, so that what else the machine does
// meets all of them alike, until each has had the given number of runs or, after
// at least minRuns, the time is spent. Where the time went is
// measured in separate runs, for watching costs time itself.
func Time(ctx context.Context, candidates []Candidate, runs int, limit time.Duration) ([]Latency, error) {
	if runs < 1 {
		return nil, fmt.Errorf("runs: want a positive number, have %d", runs)
	}
	for range warmUp {
		for _, c := range candidates {
			if _, err := c.Session.Run(ctx, c.Feeds); err != nil {
				return nil, err
			}
		}
	}
	times := make([][]time.Duration, len(candidates))
	began := time.Now()
	for r := range runs {
		if r >= minRuns && time.Since(began) > limit {
			break
		}
		for i, c := range candidates {
			start := time.Now()
			if _, err := c.Session.Run(ctx, c.Feeds); err != nil {
				return nil, err
			}
			times[i] = append(times[i], time.Since(start))
		}
	}
	out := make([]Latency, len(candidates))
	for i, c := range candidates {
		slices.Sort(times[i])
		n := len(times[i])
		out[i] = Latency{Median: times[i][n/2], Min: times[i][0], P90: times[i][min(n-1, n*9/10)], Runs: n}
		var err error
		if out[i].Operators, err = operatorTimes(ctx, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// minRuns is how many runs a median needs however long they take, tracedRuns how
// many are averaged to see where the time goes.
const (
	minRuns    = 5
	tracedRuns = 5
)

func operatorTimes(ctx context.Context, c Candidate) ([]OperatorTime, error) {
	at := map[string]int{}
	var ops []OperatorTime
	trace := func(e Event) {
		name := e.Node.OpName()
		if _, ok := at[name]; !ok {
			at[name] = len(ops)
			ops = append(ops, OperatorTime{Operator: name})
		}
		o := &ops[at[name]]
		o.Nodes++
		o.Time += e.Duration
	}
	for range tracedRuns {
		if _, err := c.Session.run(ctx, c.Feeds, nil, trace); err != nil {
			return nil, err
		}
	}
	for i := range ops {
		ops[i].Nodes /= tracedRuns
		ops[i].Time /= tracedRuns
	}
	slices.SortStableFunc(ops, func(a, b OperatorTime) int { return int(b.Time - a.Time) })
	return ops, nil
}
