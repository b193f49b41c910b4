package convert

import (
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/sweep"
)

// Names of criteria and recoveries that have a meaning of their own in Config.
const (
	DefaultCriterion   = defaults.DefaultCriterion   // if the model can be run
	NoRecovery         = defaults.NoRecovery         // leaves a cut model as it is
	AutoRecovery       = defaults.AutoRecovery       // selects what suits the data
	DefaultRecovery    = defaults.DefaultRecovery    // repairs from data
	StatisticsRecovery = defaults.StatisticsRecovery // repairs from statistics
)

// Ways to distribute zeros over nodes.
const (
	AllocateUniform = sparsify.AllocateUniform // the same share of each
	AllocateError   = sparsify.AllocateError   // by the errors that they cause
)

// Condition bounds one figure of a candidate of a sweep.
type Condition = sweep.Condition

// ParseConditions parses conditions separated by commas, such as "drop<=0.5,latency<=0.6". drop is
// in percentage points, every other figure a fraction.
func ParseConditions(text string) ([]Condition, error) { return sweep.ParseConditions(text) }
