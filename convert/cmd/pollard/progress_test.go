package main

import (
	"strings"
	"testing"
	"time"
)

// The bar stays on one line, no wider than the terminal, is drawn ten times a second at most, and leaves nothing.
func TestBar(t *testing.T) {
	var w strings.Builder
	now := time.Unix(0, 0)
	b := &bar{w: &w, now: func() time.Time { return now }, width: func() int { return 60 }}
	for i := range 1000 {
		b.show("evaluate", i, 1000)
		now = now.Add(time.Millisecond)
	}
	b.show("evaluate", 1000, 1000)
	b.show("a stage with a name that is much too long for one line of this terminal", 0, 0)
	if n := strings.Count(w.String(), "\r"); n < 10 || n > 13 {
		t.Errorf("drawn %d times", n)
	}
	for _, line := range strings.Split(w.String(), "\r") {
		if len(line) > 59 || strings.Contains(line, "\n") {
			t.Errorf("a line of %d columns: %q", len(line), line)
		}
	}
	if want := "evaluate [" + strings.Repeat("=", 24) + "] 1000 of 1000, 1 s"; !strings.Contains(w.String(), want) {
		t.Errorf("no %q in %q", want, w.String())
	}
	b.clear()
	lines := strings.Split(w.String(), "\r")
	if last := lines[len(lines)-2]; strings.TrimSpace(last) != "" || len(last) != 59 || lines[len(lines)-1] != "" {
		t.Errorf("what erases the line: %q", last)
	}
}
