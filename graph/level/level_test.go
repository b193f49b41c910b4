package level

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestLevelHas(t *testing.T) {
	has := map[Level][]Level{Generic: {Generic}, AVX2: {Generic, AVX2}, AVX512: {Generic, AVX2, AVX512}, NEON: {Generic, NEON}}
	for l, want := range has {
		for m := range Level(len(levels)) {
			found := false
			for _, w := range want {
				found = found || w == m
			}
			if l.Has(m) != found {
				t.Errorf("%v has %v: %t, want %t", l, m, l.Has(m), found)
			}
		}
	}
}

func TestActivate(t *testing.T) {
	for _, c := range []struct {
		machine Level
		asked   string
		want    Level
		err     string
	}{
		{AVX512, "", AVX512, ""},
		{AVX512, "avx512", AVX512, ""},
		{AVX512, "avx2", AVX2, ""},
		{AVX512, "generic", Generic, ""},
		{AVX2, "avx512", AVX2, `POLLARD_SIMD="avx512", which this machine lacks: want generic or avx2`},
		{AVX2, "neon", AVX2, `POLLARD_SIMD="neon", which this machine lacks: want generic or avx2`},
		{NEON, "avx2", NEON, `POLLARD_SIMD="avx2", which this machine lacks: want generic or neon`},
		{NEON, "generic", Generic, ""},
		{Generic, "sse9\x1b", Generic, `POLLARD_SIMD="sse9\x1b", which is not a level: want generic`},
	} {
		got, err := activate(c.machine, c.asked)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%v where %q is asked for: %v, %v; want %v, %s", c.machine, c.asked, got, err, c.want, c.err)
		}
	}
}

// TestEnvironmentLowersTheLevel starts this test again under each level of the machine, which is the one that it then has.
func TestEnvironmentLowersTheLevel(t *testing.T) {
	if asked := os.Getenv("WANT_LEVEL"); asked != "" {
		t.Logf("active: %v, levels: %v, %v", Active, All(), Err())
		return
	}
	for _, l := range All() {
		c := exec.Command(os.Args[0], "-test.run=^TestEnvironmentLowersTheLevel$", "-test.v")
		c.Env = append(os.Environ(), variable+"="+l.String(), "WANT_LEVEL="+l.String())
		out, err := c.CombinedOutput()
		if errors.Is(err, syscall.ENOEXEC) {
			t.Skip("an emulated program can't start itself: ", err)
		}
		if want := "active: " + l.String() + ","; err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v is asked for: want %q, have\n%s", l, want, out)
		}
	}
}
