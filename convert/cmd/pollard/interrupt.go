package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// exitSignal plus the number of a signal is the exit status of a command that the signal ended, as in shells.
const exitSignal = 128

// grace is how long a command that is told to stop may take to end by itself, so that it can say what is finished.
// A second signal ends it at once.
const grace = 400 * time.Millisecond

// stopSignals tell a command to stop.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// uninterrupted runs f and returns its exit status, or that of a signal that arrives before f is done. The first signal
// cancels the context of f. If f does not return in time, because a stage looks at its context rarely, uninterrupted
// removes the files that are not in their places yet and returns, so that the process can exit.
func uninterrupted(f func(context.Context) int, stderr io.Writer) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, stopSignals...)
	ignoreBrokenPipes()
	defer signal.Stop(signals)
	done := make(chan int, 1)
	go func() { done <- f(ctx) }()
	select {
	case status := <-done:
		return status
	case s := <-signals:
		cancel(stopped{s, new(atomic.Bool)})
	}
	select {
	case status := <-done:
		return status
	case <-signals:
	case <-time.After(grace):
	}
	signal.Reset(stopSignals...)
	placed := staging.Abandon()
	why := context.Cause(ctx).(stopped)
	if !why.first() { // f is just saying it
		select {
		case <-done:
		case <-time.After(grace):
		}
		return why.status()
	}
	complain(stderr, interrupted(placed))
	return why.status()
}

// stopped is the cause of a context that a signal canceled.
type stopped struct {
	signal os.Signal
	said   *atomic.Bool // that the command was interrupted: there is one line for it
}

// first reports whether it is called for the first time.
func (s stopped) first() bool { return s.said.CompareAndSwap(false, true) }

func (s stopped) Error() string { return "stopped by " + s.signal.String() }

func (s stopped) status() int {
	if n, ok := s.signal.(syscall.Signal); ok {
		return exitSignal + int(n)
	}
	return exitBad
}

// stopStatus reports that the command was stopped, and returns its exit status.
func stopStatus(ctx context.Context, stderr io.Writer, message string) int {
	s, ok := context.Cause(ctx).(stopped)
	if !ok {
		complain(stderr, message)
		return exitBad
	}
	if s.first() {
		complain(stderr, message)
	}
	return s.status()
}

// interrupted returns the message of a command that was told to stop.
func interrupted(placed []string) string {
	if len(placed) == 0 {
		return "interrupted, nothing was written"
	}
	return "interrupted; " + writtenBefore(placed)
}

// writtenBefore names the files that were written before the command failed.
func writtenBefore(placed []string) string {
	if n := len(placed); n > 3 {
		return fmt.Sprintf("%d files were written before, the last of them %s", n, placed[n-1])
	}
	return "written before: " + strings.Join(placed, ", ")
}
