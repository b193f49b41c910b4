package simd

import "testing"

// A level uses the form of the nearest level below, and never that of another architecture.
func TestVariantOfLevel(t *testing.T) {
	v := variants[string]{{Generic, "generic"}, {AVX2, "avx2"}, {NEON, "neon"}}
	for l, want := range map[Level]string{Generic: "generic", AVX2: "avx2", AVX512: "avx2", NEON: "neon"} {
		if got := v.at(l); got != want {
			t.Errorf("the form for %v is %s, want %s", l, got, want)
		}
	}
	if got := v[:1].at(NEON); got != "generic" {
		t.Errorf("without assembly the form for neon is %s", got)
	}
}
