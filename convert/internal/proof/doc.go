// Package proof checks a pruned model three ways: simplification changed nothing, the cut model
// computes what the original computes with the same units masked, and the written file computes
// what the model in memory does. Models and inputs go in; a report.Proof comes out, with a failed
// gate beside it if a check fails.
//
// It shares no code with the cut that it checks, apart from the plan.
package proof
