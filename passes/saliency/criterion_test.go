package saliency_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/passes/saliency"
)

func TestLookup(t *testing.T) {
	c, err := saliency.Lookup("")
	if err != nil || c.Name != saliency.Default {
		t.Errorf("no name: have %q, %v", c.Name, err)
	}
	if c, err := saliency.Lookup(saliency.DataFree); err != nil || c.NeedsData {
		t.Errorf("%s needs data, or is none: %v", saliency.DataFree, err)
	}
	if _, err := saliency.Lookup("no such"); err == nil || !strings.Contains(err.Error(), saliency.Default) {
		t.Errorf("have %v, want the names there are", err)
	}
}
