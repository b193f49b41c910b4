package simd

import (
	"testing"

	"github.com/pollard-dev/pollard/graph/level/leveltest"
)

func TestMachineCodeOfLevels(t *testing.T) { leveltest.MachineCode(t) }

func TestEncodingsOfLevels(t *testing.T) { leveltest.Encodings(t) }
