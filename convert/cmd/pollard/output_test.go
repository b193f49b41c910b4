package main

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// What is not zero has a row of its own only where that is not all.
func TestNonZeroHasARowWhereItDiffers(t *testing.T) {
	for _, c := range []struct {
		original, pruned int64
		want             string
	}{{1000, 500, ""}, {1000, 125, "1,000 125 8.00x"}, {900, 500, "900 500 1.80x"}} {
		var w strings.Builder
		comparison(&w, &convert.Report{
			Original: &report.Figures{Params: 1000, NonZero: c.original}, Pruned: &report.Figures{Params: 500, NonZero: c.pruned},
		})
		have := ""
		for line := range strings.Lines(w.String()) {
			if f := strings.Fields(line); f[0] == "non-zero" {
				have = strings.Join(f[1:], " ")
			}
		}
		if have != c.want {
			t.Errorf("want %q, have %q in\n%s", c.want, have, w.String())
		}
	}
}
