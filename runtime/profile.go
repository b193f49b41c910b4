package runtime

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/pollard-dev/pollard/graph"
)

// Profile says where the time of a session's runs goes, step by step.
type Profile struct {
	Steps []Step // in execution order
	// Median and Min describe whole runs that were not traced.
	Median, Min time.Duration
	// Rest is the time that a traced run takes beyond its steps: the least that was measured.
	Rest time.Duration
	Runs int
}

// Least returns the time of a run in which every step takes its least time.
func (p *Profile) Least() time.Duration {
	sum := p.Rest
	for _, s := range p.Steps {
		sum += s.Min
	}
	return sum
}

// Step is one step of a run: a node with those that are computed together with it, or a reordering
// of data that it reads.
type Step struct {
	Node        *graph.Node
	Kernel      string // as in Event
	Median, Min time.Duration
	// MACs is the number of multiply-accumulates of one run. It is 0 if there are none or if
	// extents were not known.
	MACs int64
	// Work is what the time depends on. It is nil if extents are not known before a run.
	Work *Work
}

// What names what the time went to: the operator, or "(reorder)".
func (s Step) What() string { return Event{Node: s.Node, Kernel: s.Kernel}.what() }

// Profile runs the session on the feeds, alternately with and without tracing. It stops after the
// given number of runs of each or, after at least minRuns, when the time limit is reached.
func (s *Session) Profile(ctx context.Context, feeds map[string]*graph.Tensor, runs int, limit time.Duration) (*Profile, error) {
	if runs < 1 {
		return nil, fmt.Errorf("runs: want a positive number, have %d", runs)
	}
	var events []Event
	var times [][]time.Duration // by step
	var whole []time.Duration
	rest := time.Duration(math.MaxInt64)
	var began time.Time
	for r := -warmUp; r < runs; r++ {
		if r == 0 {
			began = time.Now()
		}
		if r >= minRuns && time.Since(began) > limit {
			break
		}
		start := time.Now()
		if _, err := s.Run(ctx, feeds); err != nil {
			return nil, err
		}
		took := time.Since(start)
		var seen []Event
		start = time.Now()
		if _, err := s.run(ctx, feeds, nil, func(e Event) { seen = append(seen, e) }); err != nil {
			return nil, err
		}
		if events == nil {
			events, times = seen, make([][]time.Duration, len(seen))
		}
		if len(seen) != len(events) {
			return nil, fmt.Errorf("one run has %d steps and the next %d", len(events), len(seen))
		}
		if r < 0 {
			continue
		}
		whole = append(whole, took)
		left := time.Since(start)
		for i, e := range seen {
			times[i] = append(times[i], e.Duration)
			left -= e.Duration
		}
		rest = min(rest, left)
	}
	l := summary(whole)
	p := &Profile{Median: l.Median, Min: l.Min, Rest: rest, Runs: l.Runs}
	works := s.works(feeds)
	for i, e := range events {
		l := summary(times[i])
		n, _ := e.macs()
		st := Step{Node: e.Node, Kernel: e.Kernel, Median: l.Median, Min: l.Min, MACs: n}
		if len(works) == len(events) {
			st.Work = works[i]
		}
		p.Steps = append(p.Steps, st)
	}
	return p, nil
}

// works returns the work of the steps of the program for these feeds, or nil if there is no
// program.
func (s *Session) works(feeds map[string]*graph.Tensor) []*Work {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.made, func(m *made) bool { return m.fits(s.model.Graph.Inputs, feeds) })
	if at < 0 || s.made[at].program == nil {
		return nil
	}
	return worksOf(s.made[at].model, s.made[at].program)
}
