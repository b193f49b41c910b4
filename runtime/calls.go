package runtime

import "github.com/pollard-dev/pollard/graph"

// withoutCalls returns m, or if m has functions, a copy in which their bodies replace the calls.
func withoutCalls(m *graph.Model) (*graph.Model, error) {
	if len(m.Functions) == 0 {
		return m, nil
	}
	c, _ := m.Clone()
	_, err := c.InlineCalls(nil)
	return c, err
}
