// Package proof checks a pruned model three ways: simplification changed nothing, the cut model
// computes what the original computes with the same units masked, and the written file computes
// what the model in memory does. Models and inputs go in; a report.Proof comes out, with a failed
// gate beside it if a check fails.
//
// The mask is derived from the plan, never from the cut model, so that a wrong cut cannot agree
// with it.
package proof
