// Package task knows what the outputs of a model mean: scores of classes, boxes, masks, embeddings,
// numbers or tokens. For each kind there is a Task, which compares the outputs of a model and of what
// became of it by cutting: how far they agree, and, where there are labels, how good both are.
//
// Outputs are taken in as they are computed, batch by batch, and only what the figures need is held.
// A figure that counts samples has the score interval of Wilson, any other a bootstrap over samples
// with a fixed seed.
package task
