package simplify

import "github.com/pollard-dev/pollard/passes"

// The facts that simplification gives.
const (
	// Typed: every value has the type that inference finds.
	Typed passes.Fact = "types inferred"
	// Folded: no node computes from constants alone.
	Folded passes.Fact = "constants folded"
	// CanonicalShapes: what can be said of a shape without running the model is a constant.
	CanonicalShapes passes.Fact = "shapes canonical"
	// NoDeadCode: every node and initializer is used.
	NoDeadCode passes.Fact = "no dead code"
)

// All is the table of simplification. It is run to a fixed point, because each
// pass uncovers work for the others; the order within a round is the one that
// needs the fewest rounds:
//   - functions once before all, because calls hide what they run, and nothing makes new ones;
//   - infer before fold and shapes, which read the types;
//   - fold before inline, which wants conditions to be constant, and inline before sequences, which loops fill;
//   - fold before identity, which would otherwise make readers of aliased weights share them;
//   - initialstates and parts before deadcode, which removes what made the zeroes and joined the parts;
//   - shapes before deadcode, which removes the chains that it cut off;
//   - repeats behind shapes, which says what an Expand repeats;
//   - unshare last: what is cut off does not count as a reader.
func All() []passes.Pass {
	return around(Infer, Fold(), Inline, Sequences, Identity, InitialStates, Parts, Shapes, Repeats, FuseBatchNorm, CommonSubexpressions, DeadCode, Unshare)
}

// Unfused is All for a model that is to be trained: BatchNormalization stays where it is, and no weight becomes another number.
func Unfused() []passes.Pass {
	return around(Infer, Fold(), Inline, Sequences, Identity, InitialStates, Parts, Shapes, Repeats, CommonSubexpressions, DeadCode, Unshare)
}

// around is the table with what is repeated in the middle.
func around(repeated ...passes.Pass) []passes.Pass {
	return []passes.Pass{
		Functions,
		passes.Fixpoint("simplify", "folds, removes and normalises until nothing changes", repeated...),
		Infer,
	}
}
