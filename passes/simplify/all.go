package simplify

import "github.com/pollard-dev/pollard/passes"

// The facts that the order of the passes depends on. Every order that gives each pass what it needs simplifies a model
// to the same nodes.
const (
	// typed: no value claims a type that inference contradicts. What a file claims may be wrong.
	typed passes.Fact = "types inferred"
	// folded: what depends on constants alone is a constant.
	folded passes.Fact = "constants folded"
)

// All returns the table that simplifies a model for pruning.
func All() []passes.Pass {
	return around(Infer, inlineControl, resolveSequences, foldConstants(), bypassIdentity, fusePad, dropZeroStates, canonicalShapes, readParts, sliceRepeats, absorbGather,
		fuseBatchNorm, commonSubexpressions, DeadCode, unshareVectors)
}

// Unfused returns the table for a model that is to be trained: BatchNormalization stays where it is, and no weight changes.
func Unfused() []passes.Pass {
	return around(Infer, inlineControl, resolveSequences, foldConstants(), bypassIdentity, fusePad, dropZeroStates, canonicalShapes, readParts, sliceRepeats, absorbGather,
		commonSubexpressions, DeadCode, unshareVectors)
}

// around returns the table that repeats passes, each of which uncovers work for others. Functions goes before them, because
// calls hide what they run and no pass makes new ones; what the inputs are is settled first of all.
func around(repeated ...passes.Pass) []passes.Pass {
	return []passes.Pass{fixDefaults, Functions, alignBroadcasts, passes.Fixpoint("simplify", "folds, removes and normalises until nothing changes", repeated...)}
}
