package prepare

import (
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/lossless"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Silent lists the units that never fire according to s, which may be nil.
func Silent(m *graph.Model, a *group.Analysis, s *statistics.Set) []report.Silent {
	var out []report.Silent
	for _, q := range lossless.Silent(m, a, s) {
		out = append(out, report.Silent{Group: q.Group.Name, Units: q.Units})
	}
	return out
}
