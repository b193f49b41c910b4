package convert

import (
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
)

// Config says how to prune. The zero Config keeps half of the multiply-accumulates, chooses the units
// and repairs what is left as suits the model and the data, proves the cut, and uses all processors.
type Config struct {
	// Budget says what may remain. The zero Budget stands for half of the multiply-accumulates; where
	// Sparsity has a pattern, for all units; and where a Job says what may be lost, for as little as keeps to that.
	Budget budget.Budget
	// Solver distributes the budget over the groups: see budget.Solvers. Empty for the one that goes best with the
	// criterion and the budget.
	Solver string
	// Criterion scores units: see saliency.All. Empty for DefaultCriterion, or one that looks at weights only where the
	// model cannot be run.
	Criterion string
	// Initial is the same network before training or before fine-tuning, which criteria of two checkpoints read; InitialPath is
	// what messages call it.
	Initial     *graph.Model
	InitialPath string
	// NoRotation leaves units in the basis that they come in, NoMeasure takes scores for errors at the outputs as they are.
	NoRotation, NoMeasure bool
	// Rounds is in how many rounds units are chosen, each on the repaired network that the one before left; 0 means 1.
	Rounds int
	// Reduction and Normalization join and scale scores; empty for the criterion's defaults.
	Reduction, Normalization string
	// Recovery repairs what the cut leaves: see recovery.All. NoRecovery stands for nothing, AutoRecovery or
	// empty for what suits the data.
	Recovery string
	// Seed makes random scores and synthetic inputs repeatable.
	Seed uint64
	// Dims says what a symbolic dimension counts as in costs and synthetic
	// inputs; one that is absent counts as 1, or as Extents says.
	Dims map[string]int

	// Sparsity sets weights of what is left to zero; without a budget that is all that is done.
	Sparsity Sparsity

	// NoLossless keeps the units that no output depends on, for measuring what they bring.
	NoLossless bool
	// NoProof skips the proof, Force writes the result though a gate failed.
	NoProof, Force bool
	// SparseInitializers writes weights that are mostly zero in ONNX's own form for that, where it takes fewer bytes: see
	// onnx.WriteOptions.
	SparseInitializers bool
	// Threads bounds the runtime's threads; 0 means all processors.
	Threads int
	// Latency measures both models' latency.
	Latency bool

	// Progress, when set, hears how far a stage has come; total is 0 when it is not known.
	Progress func(stage string, done, total int)
}

// Sparsity says which weights of what is left are to be zero.
type Sparsity struct {
	// Pattern names it: see sparsity.Parse. Empty for no sparsity at all.
	Pattern string
	// Share is the share of zeroes among the weights that can be zero, over 0 and below 1; 0 where the pattern says it.
	Share float64
	// Criterion says which weights go: see sparsity.Criteria. Empty for what suits the data.
	Criterion string
	// Allocation distributes the zeroes over nodes: AllocateUniform, AllocateError or empty for what suits the data.
	Allocation string
}

// settings are what every stage is told.
func (c *Config) settings() stage.Settings {
	return stage.Settings{Seed: c.Seed, Dims: c.Dims, Threads: c.Threads, Progress: c.Progress}
}

// options are what the stages that make a model are told; without a budget or a pattern of zeros, what
// is asked for is left open.
func (c *Config) options() pipeline.Options {
	repair := c.Recovery
	if repair == "" {
		repair = AutoRecovery
	}
	return pipeline.Options{
		Settings: c.settings(),
		Plan: plan.Options{Budget: c.Budget, Solver: c.Solver, Criterion: c.Criterion, NoMeasure: c.NoMeasure, Rounds: c.Rounds,
			Reduction: c.Reduction, Normalization: c.Normalization},
		Initial: c.Initial, InitialPath: c.InitialPath,
		NoLossless: c.NoLossless, NoRotation: c.NoRotation, NoProof: c.NoProof,
		Recovery: repair, Sparsity: sparsify.Options(c.Sparsity),
	}
}

// DefaultKeep is the fraction of the multiply-accumulates that remains where nothing is asked for.
const DefaultKeep = 0.5

// withBudget is o with the default budget where nothing is asked for.
func withBudget(o pipeline.Options) pipeline.Options {
	if o.Plan.Budget.Metric == "" && o.Sparsity.Pattern == "" {
		o.Plan.Budget.Metric, o.Plan.Budget.Keep = budget.MACs, DefaultKeep
	}
	return o
}

// writeOptions say how the pruned model is written.
func (c *Config) writeOptions() onnx.WriteOptions {
	if !c.SparseInitializers {
		return onnx.WriteOptions{}
	}
	return onnx.WriteOptions{Sparse: op.IsWeight}
}
