// Package output guards the files that a run writes. It refuses outputs that would overwrite an
// input, stages a written model in a temporary folder, and moves it into place only once every gate
// has been decided.
//
// It is a room of its own so that no verb can write a model by a shorter way.
package output
