// Package pipeline makes one pruned model in memory: it prepares, studies, plans, cuts, proves, repairs and
// sparsifies.
package pipeline
