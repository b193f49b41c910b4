package sparsify_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/sparsify"
)

func TestOptionsCheck(t *testing.T) {
	for want, o := range map[string]sparsify.Options{
		"":                                   {},
		"want a pattern":                     {Share: 0.5},
		"fixes it at 0.5, have 0.8":          {Pattern: "2:4", Share: 0.8},
		"over 0 and below 1, have 1":         {Pattern: "4x1", Share: 1},
		"needs uniform":                      {Pattern: "2:4", Allocation: "error"},
		`want uniform or error, have "luck"`: {Pattern: "1x1", Share: 0.5, Allocation: "luck"},
	} {
		if err := o.Check(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: want %q, have %v", o, want, err)
		}
	}
}

// A width that is a multiple leaves no weight outside of a block or of a group of M.
func TestOptionsWidth(t *testing.T) {
	for pattern, want := range map[string]int{"": 0, "1x1": 0, "4x1": 4, "2:4": 4} {
		if have := (&sparsify.Options{Pattern: pattern}).Width(); have != want {
			t.Errorf("%q: want %d, have %d", pattern, want, have)
		}
	}
}
