package stage

import (
	"errors"
	goruntime "runtime"
	"sync"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
)

// Settings are the parameters that every stage takes.
type Settings struct {
	// Seed makes random scores and synthetic inputs repeatable.
	Seed uint64
	// Dims gives the extents of symbolic dimensions, by name.
	Dims map[string]int
	// Threads bounds the number of threads; 0 means all processors.
	Threads int
	// Effort names what a run spends on learning; empty for the default. Memory bounds the bytes that
	// learning takes beyond the model; 0 means DefaultMemory.
	Effort string
	Memory int64
	// Progress, if set, is called as a stage advances; total is 0 if it is not known.
	Progress func(stage string, done, total int)
}

// Report reports that a stage has completed done of total steps.
func (s Settings) Report(stage string, done, total int) {
	if s.Progress != nil {
		s.Progress(stage, done, total)
	}
}

// Bounds returns the effort of that name. Options are checked before a run starts, so the name is
// known.
func (s Settings) Bounds() Effort {
	e, err := LookupEffort(s.Effort)
	if err != nil {
		e, _ = LookupEffort("")
	}
	return e
}

// MemoryBound returns the bytes that learning may take beyond the model.
func (s Settings) MemoryBound() int64 {
	if s.Memory > 0 {
		return s.Memory
	}
	return DefaultMemory
}

// Workers returns the number of threads to compute on.
func (s Settings) Workers() int {
	if s.Threads > 0 {
		return s.Threads
	}
	return goruntime.GOMAXPROCS(0)
}

// Counter reports the start of a stage of total steps and returns a function that reports the
// completion of one more. The function is safe for concurrent use.
func (s Settings) Counter(stage string, total int) func() {
	var mu sync.Mutex
	done := 0
	s.Report(stage, 0, total)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		s.Report(stage, done, total)
	}
}

// Timings holds the seconds that each stage took. A nil Timings records nothing.
type Timings map[string]float64

// Time runs f and adds the time it takes to the named stage.
func (t Timings) Time(name string, f func() error) error {
	start := time.Now()
	err := f()
	if t != nil {
		t[name] += time.Since(start).Seconds()
	}
	return err
}

// Gate is the error of a result that is not good enough: the proof failed, accuracy fell too far,
// or the budget cannot be reached. It says nothing against the input.
type Gate struct{ Reason string }

// Error returns the reason.
func (g *Gate) Error() string { return g.Reason }

// IsGate reports whether err is, or wraps, a failed gate.
func IsGate(err error) bool {
	var g *Gate
	return errors.As(err, &g)
}

// Plain returns the error of samples that err wraps, if it does, else err. Samples are read in the
// midst of things, but their error is about their file alone, which it names.
func Plain(err error) error {
	var broken *dataset.ReadError
	if errors.As(err, &broken) {
		return broken
	}
	return err
}
