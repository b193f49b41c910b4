package convert

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/distil"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
)

// Config says how to prune. The zero Config keeps half of the multiply-accumulates, chooses units
// and repairs the rest as suits the model and the data, proves the cut, and uses all processors.
type Config struct {
	// Budget says what may remain. The zero Budget keeps half of the multiply-accumulates or, if
	// Sparsity has a pattern, all units. If a Job limits the loss, it keeps as little as meets the
	// limits.
	Budget budget.Budget
	// Solver distributes the budget over the groups: see budget.Solvers. Empty selects the one that
	// suits the criterion and the budget.
	Solver string
	// Criterion scores units: see saliency.All. Empty selects DefaultCriterion or, if the model
	// cannot be run, one that reads weights only.
	Criterion string
	// Initial is the same network before training or before fine-tuning, for criteria that compare
	// two checkpoints. Messages call it InitialPath.
	Initial     *graph.Model
	InitialPath string
	// NoRotation leaves units in their original basis. NoMeasure takes the scores themselves for
	// errors at the outputs.
	NoRotation, NoMeasure bool
	// Rounds is the number of rounds in which units are chosen, each on the repaired network that
	// the previous one left; 0 means 1.
	Rounds int
	// Reduction and Normalization combine and scale scores; empty selects the criterion's defaults.
	Reduction, Normalization string
	// Recovery repairs the cut model: see recovery.All. NoRecovery for no repair, AutoRecovery or
	// empty for what suits the data.
	Recovery string
	// Seed makes random scores and synthetic inputs repeatable.
	Seed uint64
	// Dims gives the extents of symbolic dimensions for costs and synthetic inputs. Those that it
	// omits count as 1, or as the least extent that the model accepts.
	Dims map[string]int

	// Set gives values of inputs that become constants, as text: see simplify.SetInput. They leave the
	// interface of the model, and what depends on them is folded.
	Set map[string]string

	// Sparsity sets weights of the cut model to zero. Without a budget, nothing else is done.
	Sparsity Sparsity

	// NoLossless keeps the units that no output depends on, to measure what removing them brings.
	NoLossless bool
	// NoProof skips the proof. Force writes the result even if a gate failed.
	NoProof, Force bool
	// SparseInitializers writes weights that are mostly zero as sparse initializers if that takes
	// fewer bytes: see onnx.WriteOptions.
	SparseInitializers bool
	// Weights is the element type that Prune stores float32 weights in: WeightsKept or empty for float32, or WeightsFloat16,
	// with a Cast back to float32 for each.
	Weights string
	// Distil lets the repaired model learn from the original on the calibration samples.
	Distil Distil
	// Effort says what to spend on learning: see Efforts; empty for the default. Memory bounds the
	// bytes that learning takes beyond the model, so that it learns from as many samples at a time as
	// fit; 0 means DefaultMemory.
	Effort string
	Memory int64
	// Threads bounds the runtime's threads; 0 means all processors.
	Threads int
	// Task says what the outputs mean, where models are measured on data. The zero Options guess.
	Task task.Options
	// Pictures is the number of samples that the report shows with what both models find in them, where
	// they find boxes or masks.
	Pictures int
	// Latency measures the latency of both models.
	Latency bool
	// MinAgreement, if set, is the least agreement, over 0 and at most 1, that Verify lets pass; Prune has one
	// in its Job.
	MinAgreement *float64

	// Progress, if set, is called as a stage advances; total is 0 if it is not known.
	Progress func(stage string, done, total int)
}

// Sparsity says which weights of the cut model become zero.
type Sparsity struct {
	// Pattern names the pattern: see sparsity.Parse. Empty for no sparsity at all.
	Pattern string
	// Share is the share of zeros among the weights that can be zero, above 0 and below 1; 0 if the
	// pattern fixes it.
	Share float64
	// Criterion ranks the weights: see sparsity.Criteria. Empty selects what suits the data.
	Criterion string
	// Allocation distributes the zeros over nodes: AllocateUniform, AllocateError, or empty for
	// what suits the data.
	Allocation string
}

// Distil says how a cut model learns from the original: see distil.Options.
type Distil = distil.Options

// ParseAugmentation reads what is done to samples, by names that commas separate: flip, shift, mix.
func ParseAugmentation(text string) (distil.Augmentation, error) {
	return distil.ParseAugmentation(text)
}

// What --distil does if nobody says: see distil.Options.
const (
	DefaultEpochs       = distil.DefaultEpochs
	DefaultLearningRate = distil.DefaultRate
	DefaultBatch        = distil.DefaultBatch
)

// Efforts lists the names of the efforts, the least first.
func Efforts() []string { return stage.Efforts() }

// DefaultMemory bounds the bytes that learning takes beyond the model if Config.Memory is 0.
const DefaultMemory = stage.DefaultMemory

// settings returns the parameters that every stage takes.
func (c *Config) settings() stage.Settings {
	return stage.Settings{Seed: c.Seed, Dims: c.Dims, Threads: c.Threads, Effort: c.Effort, Memory: c.Memory, Progress: c.Progress}
}

// options returns the parameters of the stages that make a model. It sets no budget if neither a
// budget nor a pattern of zeros is given.
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
		Recovery: repair, Sparsity: sparsify.Options(c.Sparsity), Distil: c.Distil,
	}
}

// DefaultKeep is the fraction of the multiply-accumulates that remains if no budget is given.
const DefaultKeep = 0.5

// withBudget returns o with the default budget, unless it has a budget or a pattern of zeros.
func withBudget(o pipeline.Options) pipeline.Options {
	if o.Plan.Budget.Metric == "" && o.Sparsity.Pattern == "" {
		o.Plan.Budget.Metric, o.Plan.Budget.Keep = budget.MACs, DefaultKeep
	}
	return o
}

// The element types of Config.Weights.
const (
	WeightsKept    = "kept"
	WeightsFloat16 = "float16"
)

// checkWeights returns an error if Weights is none of these.
func (c *Config) checkWeights() error {
	switch c.Weights {
	case "", WeightsKept, WeightsFloat16:
		return nil
	}
	return fmt.Errorf("weights: want %s or %s, have %q", WeightsKept, WeightsFloat16, c.Weights)
}

// writeOptions returns how the pruned model is written.
func (c *Config) writeOptions() onnx.WriteOptions {
	if !c.SparseInitializers {
		return onnx.WriteOptions{}
	}
	return onnx.WriteOptions{Sparse: op.IsWeight}
}
