package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// atLevel is the test's own program as pollard, with a level asked for: levels are fixed when a process starts.
func atLevel(t *testing.T, level string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), asProgram+"=1", "POLLARD_SIMD="+level)
	return c
}

func TestVersionSaysTheLevel(t *testing.T) {
	for _, level := range convert.NewVersion().Levels {
		out, err := atLevel(t, level, "version").Output()
		if err != nil || !strings.HasPrefix(string(out), "pollard ") || !strings.Contains(string(out), "level "+level+" ") {
			t.Errorf("%s: %v, %q", level, err, out)
		}
		out, err = atLevel(t, level, "version", "--json").Output()
		var v convert.Version
		if err != nil || json.Unmarshal(out, &v) != nil || v.Level != level || v.Version == "" || !slices.Contains(v.Schemas, report.Schema) {
			t.Errorf("%s: %v, %q", level, err, out)
		}
		out, err = atLevel(t, level, "inspect", network(t, "vgg"), "--json", "-").Output()
		var r convert.Report
		if err != nil || json.Unmarshal(out, &r) != nil || r.Level != level {
			t.Errorf("%s: %v, a report of level %q", level, err, r.Level)
		}
	}
}

func TestLevelThatTheMachineLacks(t *testing.T) {
	for _, level := range []string{"avx3", "AVX2", "neon avx2"} {
		c := atLevel(t, level, "inspect", network(t, "vgg"))
		out, err := c.CombinedOutput()
		if err == nil || c.ProcessState.ExitCode() != exitBad || !strings.HasPrefix(string(out), `pollard: POLLARD_SIMD="`+level+`"`) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%s: %v, %q", level, err, out)
		}
	}
}
