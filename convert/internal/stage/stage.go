package stage

import (
	"errors"
	goruntime "runtime"
	"sync"
	"time"
)

// Settings are what every stage is told.
type Settings struct {
	// Seed makes random scores and synthetic inputs repeatable.
	Seed uint64
	// Dims says what a symbolic dimension counts as.
	Dims map[string]int
	// Threads bounds how many threads compute; 0 means all processors.
	Threads int
	// Progress, when set, hears how far a stage has come; total is 0 when it is not known.
	Progress func(stage string, done, total int)
}

// Say tells how far a stage has come.
func (s Settings) Say(stage string, done, total int) {
	if s.Progress != nil {
		s.Progress(stage, done, total)
	}
}

// Workers is how many threads compute.
func (s Settings) Workers() int {
	if s.Threads > 0 {
		return s.Threads
	}
	return goruntime.GOMAXPROCS(0)
}

// Counter returns a function that says how far a stage of total steps is, one step further at each call. It is safe for concurrent use.
func (s Settings) Counter(stage string, total int) func() {
	var mu sync.Mutex
	done := 0
	s.Say(stage, 0, total)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		s.Say(stage, done, total)
	}
}

// Timings are seconds by stage. A nil timings notes nothing.
type Timings map[string]float64

// Time adds how long f takes to the stage of that name.
func (t Timings) Time(name string, f func() error) error {
	start := time.Now()
	err := f()
	if t != nil {
		t[name] += time.Since(start).Seconds()
	}
	return err
}

// Gate is the error of a result that is not good enough: the proof failed, accuracy
// fell by too much, the budget cannot be reached. It is not an error of the input.
type Gate struct{ Reason string }

// Error is the reason.
func (g *Gate) Error() string { return g.Reason }

// IsGate reports whether err is a failed gate.
func IsGate(err error) bool {
	var g *Gate
	return errors.As(err, &g)
}
