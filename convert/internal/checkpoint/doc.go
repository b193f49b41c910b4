// Package checkpoint reads a further checkpoint of a network, from before or early in training, and
// pairs its nodes and values with those of the first. Two files go in; a mapping between their
// graphs comes out, or an error that names the first difference.
//
// Criteria that compare two checkpoints and lottery tickets both need the pairing.
package checkpoint
