package task

import "github.com/pollard-dev/pollard/graph"

func guessHead(m *graph.Model) (string, string) { return "", "" }
