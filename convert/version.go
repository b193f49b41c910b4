package convert

import (
	goruntime "runtime"
	"runtime/debug"

	"github.com/pollard-dev/pollard/graph/level"
)

// Version describes the program and the instruction set that it computes with.
type Version struct {
	Version string   `json:"version"` // of the module: a tag, or (devel)
	Go      string   `json:"go"`
	OS      string   `json:"os"`
	Arch    string   `json:"arch"`
	Level   string   `json:"level"`  // the instruction set in use
	Levels  []string `json:"levels"` // those up to it, which POLLARD_SIMD may name
}

// NewVersion describes the running program.
func NewVersion() Version {
	v := Version{Version: "(devel)", Go: goruntime.Version(), OS: goruntime.GOOS, Arch: goruntime.GOARCH, Level: level.Active.String()}
	for _, l := range level.All() {
		v.Levels = append(v.Levels, l.String())
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		v.Version = b.Main.Version
	}
	return v
}

// CheckLevel returns an error if the environment variable POLLARD_SIMD names an instruction set
// that this machine lacks.
func CheckLevel() error { return level.Err() }
