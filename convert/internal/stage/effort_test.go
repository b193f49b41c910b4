package stage_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/stage"
)

// A higher effort bounds nothing lower, and the highest has none above it. A name that there is none
// of is refused, not taken for the default.
func TestEffortsAscend(t *testing.T) {
	var last stage.Effort
	for i, name := range stage.Efforts() {
		e, err := stage.LookupEffort(name)
		if err != nil || e.Name != name {
			t.Fatalf("%s: have %+v (%v)", name, e, err)
		}
		if i > 0 && last.More() != name {
			t.Errorf("%s: the next is %q, want %s", last.Name, last.More(), name)
		}
		if e.Samples < last.Samples || e.Judged < last.Judged || e.Rounds < last.Rounds || e.Passes < last.Passes || e.Synthetic < last.Synthetic ||
			e.Grams.Rows(1000) < last.Grams.Rows(1000) || e.Repairs.Rows(1000) < last.Repairs.Rows(1000) {
			t.Errorf("%+v is less than %+v", e, last)
		}
		last = e
	}
	if more := last.More(); more != "" {
		t.Errorf("more than the most: %q", more)
	}
	if e, err := stage.LookupEffort(""); err != nil || e.Name != "default" {
		t.Errorf("without a name: have %q (%v)", e.Name, err)
	}
	if _, err := stage.LookupEffort("luck"); err == nil {
		t.Error("an unknown effort is taken")
	}
}
