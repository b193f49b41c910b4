package stage_test

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"sync"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/stage"
)

// Concurrent steps are all counted, and the last report is of a finished stage.
func TestCounter(t *testing.T) {
	var seen []int
	s := stage.Settings{Progress: func(name string, done, total int) {
		if name != "plan" || total != 50 {
			t.Errorf("have %s of %d", name, total)
		}
		seen = append(seen, done) // Counter reports under its lock
	}}
	step := s.Counter("plan", 50)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(step)
	}
	wg.Wait()
	for i, done := range seen {
		if done != i {
			t.Fatalf("report %d says %d", i, done)
		}
	}
	if len(seen) != 51 {
		t.Errorf("want 51 reports, have %d", len(seen))
	}
	stage.Settings{}.Counter("plan", 1)() // nobody listens
}

func TestWorkers(t *testing.T) {
	if have := (stage.Settings{Threads: 3}).Workers(); have != 3 {
		t.Errorf("want 3, have %d", have)
	}
	if have := (stage.Settings{}).Workers(); have != goruntime.GOMAXPROCS(0) {
		t.Errorf("want all processors, have %d", have)
	}
}

// A stage that runs twice adds up, an error passes through, and nil timings record nothing.
func TestTimings(t *testing.T) {
	broken := errors.New("broken")
	timings := stage.Timings{"cut": 1}
	if err := timings.Time("cut", func() error { return broken }); err != broken || timings["cut"] < 1 {
		t.Errorf("have %v, %v", timings, err)
	}
	if err := stage.Timings(nil).Time("cut", func() error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestIsGate(t *testing.T) {
	gate := &stage.Gate{Reason: "proof: failed"}
	for err, want := range map[error]bool{
		gate:                              true,
		fmt.Errorf("a.onnx: %w", gate):    true,
		errors.Join(gate, errors.New("")): true,
		errors.New("proof: failed"):       false,
	} {
		if stage.IsGate(err) != want {
			t.Errorf("%v: want %v", err, want)
		}
	}
	if stage.IsGate(nil) {
		t.Error("nil is a gate")
	}
}
