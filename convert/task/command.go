package task

import "github.com/pollard-dev/pollard/graph"

func withCommand(t Task, o Options, m *graph.Model) Task { return t }

// IsCommand reports whether the headline of t is what a command prints.
func IsCommand(t Task) bool { return false }
