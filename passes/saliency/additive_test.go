package saliency

import "testing"

// Errors add up as long as nobody normalises them; every other score is an order of units and no more.
func TestOnlyErrorsAddUp(t *testing.T) {
	for _, c := range All() {
		isError := c.Name == "obs" || c.Name == "obd"
		if c.AddsUp("") != isError || c.AddsUp("none") != isError || c.AddsUp("mean") {
			t.Errorf("%s: additive %v, by default %v, not normalised %v, by the mean %v", c.Name, c.Additive, c.AddsUp(""), c.AddsUp("none"), c.AddsUp("mean"))
		}
		if c.Additive && c.Normalization != "none" {
			t.Errorf("%s: errors that are normalised by default with %q", c.Name, c.Normalization)
		}
	}
}
