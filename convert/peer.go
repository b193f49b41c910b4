package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// PeerReport is what another runtime makes of the same model and inputs, on as many threads, its runs and ours in turn.
type PeerReport struct {
	Runtime string `json:"runtime"` // its name and version
	Times
	// Ratio is ours over theirs.
	Ratio PeerRatio `json:"ratio"`
	// MaxRelDiff is the largest difference of two output elements as a fraction of the largest magnitude of its output;
	// null where outputs cannot be compared, and Note says why.
	MaxRelDiff *float64 `json:"max_rel_diff"`
	Tolerance  float64  `json:"tolerance"` // of MaxRelDiff
	Note       string   `json:"note,omitempty"`
	// Ours and Theirs is the memory of processes that only load the model and run it; null where the system does not tell.
	Ours   *ResidentReport `json:"ours_memory"`
	Theirs *ResidentReport `json:"theirs_memory"`
}

// PeerRatio is ours over theirs: below 1 we are faster, or smaller.
type PeerRatio struct {
	Median float64  `json:"median"`
	Min    float64  `json:"min"`
	Memory *float64 `json:"memory"` // of the sessions
}

// ResidentReport is what a process has in memory, in bytes, files that it mapped included.
type ResidentReport struct {
	Before  int64 `json:"before"`  // before the model was loaded: the program and its libraries
	Peak    int64 `json:"peak"`    // the most, while the model was loaded and run
	Session int64 `json:"session"` // the difference of these
}

// peerTolerance is how far outputs of two runtimes may be apart, as a fraction of the largest, and still be called the same.
const peerTolerance = 1e-3

// residentRuns is after how many runs a session's memory is taken: from the second on everything is there.
const residentRuns = 3

// peers is the processes of another runtime, one for each model, and the files that they share with us.
type peers struct {
	folder  *staging.Folder
	inputs  string
	threads int
	all     []*served
}

// startPeers has the program load the models, and hands it the inputs.
func startPeers(ctx context.Context, program string, paths []string, feeds map[string]*graph.Tensor, threads int) (*peers, error) {
	folder, err := staging.Temporary()
	if err != nil {
		return nil, err
	}
	p := &peers{folder: folder, inputs: folder.Path("inputs.npz"), threads: threads}
	if err := saveArrays(ctx, p.inputs, feeds); err != nil {
		p.close()
		return nil, fmt.Errorf("inputs for the peer: %w", err)
	}
	for _, path := range paths {
		s, err := startServed(ctx, program, path, p.inputs, threads)
		if err != nil {
			p.close()
			return nil, fmt.Errorf("peer: %w", err)
		}
		p.all = append(p.all, s)
	}
	return p, nil
}

func (p *peers) close() {
	for _, s := range p.all {
		s.stop()
	}
	p.folder.Discard()
}

// candidates take the peers' turns. A nil p has none.
func (p *peers) candidates() []runtime.Candidate {
	if p == nil {
		return nil
	}
	var out []runtime.Candidate
	for _, s := range p.all {
		out = append(out, runtime.Candidate{Foreign: s.run})
	}
	return out
}

// reports compares each session, of whose model theirs are the times, with its peer. What memory ours takes, a process of the program
// self tells, where there is one.
func (p *peers) reports(ctx context.Context, self string, paths []string, ours []runtime.Candidate, r []LatencyReport, theirs []runtime.Latency) error {
	for i, s := range p.all {
		q := &PeerReport{Runtime: s.runtime, Times: timesOf(theirs[i]), Tolerance: peerTolerance}
		q.Ratio.Median, q.Ratio.Min = r[i].MedianMS/max(q.MedianMS, milli(1)), r[i].MinMS/max(q.MinMS, milli(1))
		r[i].Peer = q
		var err error
		if q.Theirs, err = s.memory(); err != nil {
			return err
		}
		if err := p.agree(ctx, q, s, ours[i]); err != nil {
			return err
		}
		s.stop() // leaves the machine to what is measured next
		if self == "" {
			continue
		}
		if q.Ours, err = p.alone(ctx, self, paths[i]); err != nil {
			return fmt.Errorf("%s: %w", paths[i], err)
		}
		if q.Ours != nil && q.Theirs != nil && q.Theirs.Session > 0 {
			m := float64(q.Ours.Session) / float64(q.Theirs.Session)
			q.Ratio.Memory = &m
		}
	}
	return nil
}

// agree compares the outputs of both.
func (p *peers) agree(ctx context.Context, q *PeerReport, theirs *served, ours runtime.Candidate) error {
	have, err := ours.Session.Run(ctx, ours.Feeds)
	if err != nil {
		return err
	}
	want, err := theirs.outputs(p.folder.Path("outputs.npz"))
	if err == nil {
		var rel float64
		if _, rel, err = difference(want, have); err == nil {
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

// alone is the memory of a process that loads the model and runs it a few times.
func (p *peers) alone(ctx context.Context, self, path string) (*ResidentReport, error) {
	s, err := startServed(ctx, self, path, p.inputs, p.threads)
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
