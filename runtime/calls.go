package runtime

import "github.com/pollard-dev/pollard/graph"

// withoutCalls is m, or where it has functions a copy in which what they run stands in the place of their calls.
func withoutCalls(m *graph.Model) (*graph.Model, error) {
	if len(m.Functions) == 0 {
		return m, nil
	}
	c, _ := m.Clone()
	_, err := c.InlineCalls(nil)
	return c, err
}
