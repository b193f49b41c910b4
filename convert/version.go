package convert

import (
	goruntime "runtime"
	"runtime/debug"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph/level"
)

// Release is the version that this source is of, or will be when it is tagged. CHANGELOG.md says what each version promises.
const Release = "0.1.0"

// Version says what this program is and what it computes with.
type Version struct {
	Version  string `json:"version"`            // as tagged; Release with -dev where the source was not tagged
	Revision string `json:"revision,omitempty"` // of the source, where the build knows it
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Level    string `json:"level"` // the instruction set in use
	// Levels are those up to it, which POLLARD_SIMD may name.
	Levels []string `json:"levels"`
	// Schemas are the forms of the files that this program writes and reads.
	Schemas []string `json:"schemas"`
}

// NewVersion describes the running program.
func NewVersion() Version {
	v := Version{
		Version: Release + "-dev", Go: goruntime.Version(), OS: goruntime.GOOS, Arch: goruntime.GOARCH, Level: level.Active.String(),
		Schemas: []string{report.Schema, report.SweepSchema, report.CandidateSchema, calibrate.Schema},
	}
	for _, l := range level.All() {
		v.Levels = append(v.Levels, l.String())
	}
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if tag := b.Main.Version; strings.HasPrefix(tag, "v") && !strings.HasPrefix(tag, "v0.0.0-") { // what has no tag has a version made from its date
		v.Version = strings.TrimPrefix(tag, "v")
	}
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" {
			v.Revision = s.Value
		}
	}
	return v
}

// CheckLevel returns an error if the environment variable POLLARD_SIMD names an instruction set
// that this machine lacks.
func CheckLevel() error { return level.Err() }
