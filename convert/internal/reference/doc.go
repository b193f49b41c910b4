// Package reference compares what models made of another compute with what that computes: the error at the
// outputs.
package reference
