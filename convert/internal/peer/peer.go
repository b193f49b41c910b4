package peer

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/latency"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// peerTolerance bounds how far the outputs of two runtimes may be apart, as a fraction of the
// largest, and still count as equal.
const peerTolerance = 1e-3

// residentRuns is the number of runs before a session's memory is read. From the second run on
// everything is allocated.
const residentRuns = 3

// Peers is one process of the other runtime for each model, and the files shared with them.
type Peers struct {
	folder  *staging.Folder
	inputs  string
	threads int
	all     []*process
}

// Start starts the program once for each path and hands it the inputs.
func Start(ctx context.Context, program string, paths []string, feeds map[string]*graph.Tensor, threads int) (*Peers, error) {
	folder, err := staging.Temporary()
	if err != nil {
		return nil, err
	}
	p := &Peers{folder: folder, inputs: folder.Path("inputs.npz"), threads: threads}
	if err := saveArrays(ctx, p.inputs, feeds); err != nil {
		p.Close()
		return nil, fmt.Errorf("inputs for the peer: %w", err)
	}
	for _, path := range paths {
		s, err := startProcess(ctx, program, path, p.inputs, threads)
		if err != nil {
			p.Close()
			return nil, fmt.Errorf("peer: %w", err)
		}
		p.all = append(p.all, s)
	}
	return p, nil
}

// Close ends the processes and removes the shared files.
func (p *Peers) Close() {
	for _, s := range p.all {
		s.stop()
	}
	p.folder.Discard()
}

// Candidates returns the peers for timing in turn. A nil p has none.
func (p *Peers) Candidates() []runtime.Candidate {
	if p == nil {
		return nil
	}
	var out []runtime.Candidate
	for _, s := range p.all {
		out = append(out, runtime.Candidate{Foreign: s.run})
	}
	return out
}

// Reports compares each session with its peer, whose times are in theirs. If self is not empty, it
// runs that program to find out how much memory ours takes.
func (p *Peers) Reports(ctx context.Context, self string, paths []string, ours []runtime.Candidate, r []report.Latency, theirs []runtime.Latency) error {
	for i, s := range p.all {
		q := &report.Peer{Runtime: s.runtime, Times: latency.Times(theirs[i]), Tolerance: peerTolerance}
		q.Ratio.Median, q.Ratio.Min = r[i].MedianMS/max(q.MedianMS, latency.Milli(1)), r[i].MinMS/max(q.MinMS, latency.Milli(1))
		r[i].Peer = q
		var err error
		if q.Theirs, err = s.memory(); err != nil {
			return err
		}
		if err := p.compareOutputs(ctx, q, s, ours[i]); err != nil {
			return err
		}
		s.stop() // leave the machine to the next measurement
		if self == "" {
			continue
		}
		if q.Ours, err = p.memoryOf(ctx, self, paths[i]); err != nil {
			return fmt.Errorf("%s: %w", paths[i], err)
		}
		if q.Ours != nil && q.Theirs != nil && q.Theirs.Session > 0 {
			m := float64(q.Ours.Session) / float64(q.Theirs.Session)
			q.Ratio.Memory = &m
		}
	}
	return nil
}

// compareOutputs compares the outputs of both runtimes.
func (p *Peers) compareOutputs(ctx context.Context, q *report.Peer, theirs *process, ours runtime.Candidate) error {
	have, err := ours.Session.Run(ctx, ours.Feeds)
	if err != nil {
		return err
	}
	want, err := theirs.outputs(p.folder.Path("outputs.npz"))
	if err == nil {
		var rel float64
		if _, rel, err = proof.Difference(want, have); err == nil {
			q.MaxRelDiff = &rel
			return nil
		}
	}
	if e := ctx.Err(); e != nil {
		return e
	}
	q.Note = "outputs cannot be compared: " + oneLine(err)
	return nil
}

// memoryOf returns the memory of a process that only loads the model and runs it a few times.
func (p *Peers) memoryOf(ctx context.Context, self, path string) (*report.Resident, error) {
	s, err := startProcess(ctx, self, path, p.inputs, p.threads)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	for range residentRuns {
		if _, err := s.run(ctx); err != nil {
			return nil, err
		}
	}
	return s.memory()
}
