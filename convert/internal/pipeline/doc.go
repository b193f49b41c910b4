// Package pipeline makes one pruned model in memory. Its stages run in order: Prepare, Study,
// ChoosePlan, and CarryOut, which cuts, proves, repairs and sparsifies. A model, options and
// samples go in; a Result comes out.
//
// It is a room of its own so that Prune, Sweep, the search for the smallest model and lottery
// tickets share one sequence of stages and each can stop or branch between them.
package pipeline
