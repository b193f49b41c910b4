package plan

import (
	"cmp"
	"slices"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/group"
)

// widths counts the groups that are cut to each multiple, of which steps lists those over 1.
func widths(target string, groups []*group.Group, steps map[*group.Group]int) *report.Widths {
	w := &report.Widths{Target: target}
	counts := map[int]int{}
	for _, g := range groups {
		counts[max(1, steps[g])]++
	}
	for multiple, n := range counts {
		w.Multiples = append(w.Multiples, report.Multiple{Units: multiple, Groups: n})
	}
	slices.SortFunc(w.Multiples, func(a, b report.Multiple) int { return cmp.Compare(b.Units, a.Units) })
	return w
}
