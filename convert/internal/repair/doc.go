// Package repair adjusts the weights of a cut model so that it approaches the original again. In go
// both models, the plan and a source of samples or statistics; the weights of the cut model change,
// and a report of each node comes out.
//
// It decides how many samples fit in memory; the methods themselves are in passes/recovery.
package repair
