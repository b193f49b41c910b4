// Package distil lets a cut model learn from the original on unlabelled samples: whatever data it sees, it should answer
// as the original does, and compute inside what that computes, where both have the same positions. In go both models and a
// source of samples; the weights of the cut model change, and a report comes out.
//
// The training graph and the optimiser are those of passes/learning. What is decided here: the terms of the loss, the
// samples that are held out, the batch that fits in memory, when to stop, and whether what was learnt is kept.
package distil
