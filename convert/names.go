package convert

import (
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/sweep"
)

// Names that stand in Config for no recovery, and for what suits the data; and what these are.
const (
	DefaultCriterion   = defaults.DefaultCriterion   // where the model can be run
	NoRecovery         = defaults.NoRecovery         // leaves a cut model as it is
	AutoRecovery       = defaults.AutoRecovery       // the one that suits the data
	DefaultRecovery    = defaults.DefaultRecovery    // repairs from data
	StatisticsRecovery = defaults.StatisticsRecovery // repairs from statistics
)

// Ways to distribute zeroes over nodes.
const (
	AllocateUniform = sparsify.AllocateUniform // the same share of each
	AllocateError   = sparsify.AllocateError   // by the errors that they cause
)

// Condition bounds one figure of a candidate of a sweep.
type Condition = sweep.Condition

// ParseConditions reads conditions joined by commas, such as "drop<=0.5,latency<=0.6": drop is in percentage points, all else a fraction.
func ParseConditions(text string) ([]Condition, error) { return sweep.ParseConditions(text) }
